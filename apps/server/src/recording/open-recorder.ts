import { createEmbeddedRecorder, type EmbeddedRecorderOptions } from '@hindsight/recorder/embedded.recorder';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { WebhookListener } from '../voice/webhook.route.ts';

export interface RecorderDeps {
  config: Pick<Config, 'recorder' | 'buffer' | 'ffmpeg'>;
  livekitAccess: { url: string; apiKey: string; apiSecret: string };
  log: Log;
  /** Only the embedded recorder uses these. */
  embedded: Pick<EmbeddedRecorderOptions, 'onPackets' | 'spawnWorker'>;
}

/** This is the configured recorder, with the webhooks that it needs. */
export interface OpenRecorder {
  recorder: Recorder;
  webhookListeners: readonly WebhookListener[];
}

export async function openRecorder({
  config,
  livekitAccess,
  log,
  embedded,
}: RecorderDeps): Promise<OpenRecorder> {
  const { url: livekitUrl, apiKey, apiSecret } = livekitAccess;
  const common = { livekitUrl, apiKey, apiSecret, segmentMs: config.buffer.segmentMs, log };
  if (config.recorder.kind === 'embedded')
    return {
      recorder: createEmbeddedRecorder({ ...common, ...embedded, maxVoices: config.buffer.maxVoices }),
      webhookListeners: [],
    };
  // It brings AWS' SDK along, which other servers need not load.
  const { openEgressRecorder } = await import('./open-egress-recorder.ts');
  return openEgressRecorder(common, config.recorder.output, config);
}
