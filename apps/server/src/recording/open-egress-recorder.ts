import { createEgressRecorder, type EgressRecorderOptions } from '@hindsight/recorder/egress.recorder';
import { SECOND } from '@hindsight/shared/units';
import type { Config } from '../config.ts';
import { createFfmpeg } from '../ffmpeg/ffmpeg.ts';
import type { OpenRecorder } from './open-recorder.ts';
import { createS3Segments } from './s3-segments.ts';
import { createBlackTailMeasure } from './trim-black-tail.ts';

type Common = Pick<EgressRecorderOptions, 'livekitUrl' | 'apiKey' | 'apiSecret' | 'segmentMs' | 'log'>;

/** Each poll is a request to the bucket, and egress publishes every few seconds. */
const BUCKET_POLL_MS = 1 * SECOND;

/** Opens the recorder that lets LiveKit Egress write to `output`. */
export function openEgressRecorder(
  common: Common,
  output: Extract<Config['recorder'], { kind: 'egress' }>['output'],
  { buffer, ffmpeg }: Pick<Config, 'buffer' | 'ffmpeg'>,
): OpenRecorder {
  const closing = new AbortController();
  const bucket = output.kind === 's3' ? createS3Segments(output.s3) : undefined;
  const recorder = createEgressRecorder({
    ...common,
    root: { here: buffer.dir, egress: output.kind === 'folder' ? output.path : '' },
    ...(bucket === undefined ? {} : { bucket, timing: { pollMs: BUCKET_POLL_MS } }),
    measureBlackTail: createBlackTailMeasure({ ffmpeg: createFfmpeg(ffmpeg), signal: closing.signal }),
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
