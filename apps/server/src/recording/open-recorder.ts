import { createEgressRecorder } from '@hindsight/recorder/egress.recorder';
import { createEmbeddedRecorder, type EmbeddedRecorderOptions } from '@hindsight/recorder/embedded.recorder';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { createFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { SECOND } from '@hindsight/shared/units';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { WebhookListener } from '../voice/webhook.route.ts';
import { createBlackTailMeasure } from './trim-black-tail.ts';
import { createS3Segments } from './s3-segments.ts';

export interface RecorderDeps {
  config: Pick<Config, 'recorder' | 'buffer' | 'ffmpeg'>;
  livekitAccess: { url: string; apiKey: string; apiSecret: string };
  log: Log;
  /** Only the embedded recorder uses these. */
  embedded: Pick<EmbeddedRecorderOptions, 'onPackets' | 'spawnWorker'>;
}

/** Each poll is a request to the bucket, and egress publishes every few seconds. */
const BUCKET_POLL_MS = 1 * SECOND;

/** This is the configured recorder, with the webhooks that it needs. */
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
  const { output } = config.recorder;
  const bucket = output.kind === 's3' ? createS3Segments(output.s3) : undefined;
  const recorder = createEgressRecorder({
    ...common,
    root: { here: dir, egress: output.kind === 'folder' ? output.path : '' },
    ...(bucket === undefined ? {} : { bucket, timing: { pollMs: BUCKET_POLL_MS } }),
    measureBlackTail: createBlackTailMeasure({ ffmpeg: createFfmpeg(config.ffmpeg), signal: closing.signal }),
  });
  return {
    recorder: {
      ...recorder,
      async close() {
        closing.abort();
        await recorder.close();
        bucket?.close();
      },
    },
    webhookListeners: [(event) => recorder.onWebhook(event)],
  };
}
