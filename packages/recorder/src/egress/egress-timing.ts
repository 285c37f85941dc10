import { MINUTE, SECOND } from '@hindsight/shared/units';

/** When an egress is looked at, and when it is given up. All in ms. */
export interface EgressTiming {
  /** Between two looks at the playlists. */
  pollMs: number;
  /** Between two questions to LiveKit while nothing changes; webhooks tell sooner, and may be lost. */
  askMs: number;
  /** The same while it starts or ends. */
  askSoonMs: number;
  /** So long without a new segment, and something is wrong. */
  stallMs: number;
  /** Between two looks at why. */
  checkMs: number;
  /** So long, and it will not come back. */
  hungMs: number;
  /** From its worker's leaving the room to the news of its end; then there is no worker any more. */
  workerLeftMs: number;
  /** Egress gives wrong tracks up after 30 s. */
  startMs: number;
  /** Stopping flushes the last two segments within a second. */
  stopMs: number;
  /** For a flush. */
  tailMs: number;
}

/** A segment is published when the next one is complete, so up to 2.7 s per second of segment late. */
export function egressTiming(segmentMs: number): EgressTiming {
  return {
    pollMs: 250,
    askMs: 10 * SECOND,
    askSoonMs: 500,
    stallMs: Math.max(12 * SECOND, 3 * segmentMs),
    checkMs: 5 * SECOND,
    hungMs: Math.max(1 * MINUTE, 6 * segmentMs),
    workerLeftMs: 5 * SECOND,
    startMs: 45 * SECOND,
    stopMs: 10 * SECOND,
    tailMs: 3 * segmentMs + 5 * SECOND,
  };
}
