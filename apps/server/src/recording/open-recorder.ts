import { createEgressRecorder } from '@hindsight/recorder/egress/egress.recorder';
import { createEmbeddedRecorder, type EmbeddedRecorderOptions } from '@hindsight/recorder/embedded.recorder';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { createFfmpeg } from '../capture/ffmpeg.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { WebhookListener } from '../voice/webhook.route.ts';
import { createBlackTail } from './black-tail.ts';

export interface RecorderDeps {
  config: Pick<Config, 'recorder' | 'buffer' | 'ffmpeg'>;
  livekitAccess: { url: string; apiKey: string; apiSecret: string };
  log: Log;
  /** For the embedded recorder alone. */
  embedded: Pick<EmbeddedRecorderOptions, 'onPackets' | 'spawnWorker'>;
}

/** The recorder that is configured, and the webhooks that it wants to hear. */
export interface OpenRecorder {
  recorder: Recorder;
  webhookListeners: readonly WebhookListener[];
}

export function openRecorder({ config, livekitAccess, log, embedded }: RecorderDeps): OpenRecorder {
  const { url: livekitUrl, apiKey, apiSecret } = livekitAccess;
  const { dir, segmentMs } = config.buffer;
  const common = { livekitUrl, apiKey, apiSecret, segmentMs, log };
  if (config.recorder.kind === 'embedded')
    return { recorder: createEmbeddedRecorder({ ...common, ...embedded }), webhookListeners: [] };

  const closing = new AbortController();
  const recorder = createEgressRecorder({
    ...common,
    root: { here: dir, egress: config.recorder.bufferDir },
    measureBlackTail: createBlackTail({ ffmpeg: createFfmpeg(config.ffmpeg), signal: closing.signal }),
  });
  return {
    recorder: {
      ...recorder,
      async close() {
        closing.abort();
        await recorder.close();
      },
    },
    webhookListeners: [(event) => recorder.onWebhook(event)],
  };
}
