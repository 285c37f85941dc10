import { MINUTE, SECOND } from '@hindsight/shared/units';

/** How often an egress is looked at, and after how long it is given up. All values are in ms. */
export interface EgressTiming {
  /** The playlists are read this often. */
  pollMs: number;
  /** LiveKit is asked this often while nothing changes. Webhooks are sooner, but may be lost. */
  askMs: number;
  /** LiveKit is asked this often while the egress starts or ends. */
  askSoonMs: number;
  /** Without a new segment for this long, something is wrong. */
  stallMs: number;
  /** The cause is then looked for this often. */
  checkMs: number;
  /** Without a new segment for this long, the egress will not recover. */
  hungMs: number;
  /** Its end must be reported this soon after its worker left the room; otherwise the worker is dead. */
  workerLeftMs: number;
  /** An egress must have started after this long. It gives wrong tracks up after 30 s. */
  startMs: number;
  /** An egress must have ended this long after a stop, which normally flushes the last two segments within a second. */
  stopMs: number;
  /** A flush waits at most this long. */
  tailMs: number;
}

/**
 * Returns the timing for a segment length. A segment is published only when the next one is complete, so it is up to 2.7 s
 * late for each second of segment.
 */
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
