import type { MyReplay } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';

interface Span {
  fromMs: number;
  toMs: number;
}

/** This is what a press of some length saves now: the whole length, or what there is. */
export interface CaptureOffer {
  seconds: number;
  givesMs: number;
  isWhole: boolean;
}

/** This is a buffer as the panel shows it at one moment. */
export interface BufferView {
  keptMs: number;
  windowMs: number;
  /** The fill goes from 0 to 1 of the window. */
  fill: number;
  /** An ended buffer is kept this much longer; null while it records. */
  graceLeftMs: number | null;
  isDegraded: boolean;
  /** Returns what a press of this length would save. */
  offer: (seconds: number) => CaptureOffer;
  /** Marked moments go from 0 to 1 of the window, as the gauge does. */
  markers: { id: string; at: number }[];
}

/** A length within this of a whole one is shown as whole: "4:59" for "5 min" would only puzzle people. */
const WHOLE_TOLERANCE_MS = SECOND;

/** Every segment brings a snapshot. When none has come for this long, the buffer isn't shown as growing any more. */
const GROWS_UNHEARD_MS = 15 * SECOND;

function keptWithin(spans: readonly Span[], fromMs: number, toMs: number): number {
  return spans.reduce(
    (sum, span) => sum + Math.max(0, Math.min(span.toMs, toMs) - Math.max(span.fromMs, fromMs)),
    0,
  );
}

/**
 * Lets the running recording's own span grow to a time. Spans of earlier recordings stay as they are: nothing was recorded
 * between those and this one. A recording of the last seconds has no span yet, though a press would get them.
 */
function growTo(spans: Span[], startMs: number, toMs: number): void {
  const newest = spans.at(-1);
  if (newest !== undefined && newest.toMs > startMs) newest.toMs = Math.max(newest.toMs, toMs);
  else if (toMs > startMs && toMs <= startMs + GROWS_UNHEARD_MS) spans.push({ fromMs: startMs, toMs });
}

/**
 * Counts a snapshot of the server forward to the present, so that the gauge moves between snapshots.
 * @param sinceSnapshotMs time passed on this machine since the snapshot came in; server and client clocks are never
 * compared
 * @param isUnheard tells that nothing was heard of the server for a while. What a running buffer then keeps is counted back from the
 * last moment that is known, because a press may still get it.
 * @returns null when nothing is buffered and nothing records
 */
export function bufferAt(
  mine: MyReplay,
  sinceSnapshotMs: number,
  { isUnheard = false } = {},
): BufferView | null {
  const { session, ranges, windowMs } = mine;
  if (session === null) return null;
  const atMs = Date.parse(mine.at);
  const nowMs = atMs + Math.max(0, sinceSnapshotMs);
  const isRecording = session.status === 'STARTING' || session.status === 'ACTIVE';
  const isDegraded = isRecording && session.health === 'DEGRADED';

  const graceLeftMs =
    isRecording || session.captureableUntil === null ? null : Date.parse(session.captureableUntil) - nowMs;
  if (!isRecording && (graceLeftMs === null || graceLeftMs <= 0)) return null;

  const freshMs = mine.freshFrom === null ? -Infinity : Date.parse(mine.freshFrom);
  // What came before a fresh start ends before it begins, and so counts for nothing.
  const spans = ranges.map(({ from, to }) => ({
    fromMs: Math.max(freshMs, Date.parse(from)),
    toMs: Date.parse(to),
  }));
  if (spans.length === 0 && !isRecording) return null;
  if (session.status === 'ACTIVE' && !isDegraded) {
    const startMs = session.startedAt === null ? -Infinity : Date.parse(session.startedAt);
    growTo(spans, Math.max(startMs, freshMs), Math.min(nowMs, atMs + GROWS_UNHEARD_MS));
  }
  const newest = spans.at(-1);

  // An ended buffer keeps the last minutes before its end, however late they are saved.
  const endMs = isRecording && !isUnheard ? nowMs : (newest?.toMs ?? nowMs);
  const keptMs = keptWithin(spans, endMs - windowMs, endMs);
  const isKept = (ms: number) => spans.some(({ fromMs, toMs }) => fromMs <= ms && ms <= toMs);
  return {
    keptMs,
    windowMs,
    fill: Math.min(1, keptMs / windowMs),
    graceLeftMs,
    isDegraded,
    offer(seconds) {
      const askedMs = seconds * SECOND;
      const givesMs = keptWithin(spans, endMs - askedMs, endMs);
      return { seconds, givesMs, isWhole: givesMs >= askedMs - WHOLE_TOLERANCE_MS };
    },
    markers: mine.markers
      .map(({ id, at }) => ({ id, ms: Date.parse(at) }))
      .filter(({ ms }) => ms > endMs - windowMs && isKept(ms))
      .map(({ id, ms }) => ({ id, at: keptWithin(spans, endMs - windowMs, ms) / windowMs })),
  };
}

/** Returns where the gauge marks the lengths, from 0 to 1 of the window. */
export function gaugeTicks(windowMs: number, lengths: readonly number[]): { seconds: number; at: number }[] {
  return lengths
    .map((seconds) => ({ seconds, at: (seconds * SECOND) / windowMs }))
    .filter(({ at }) => at <= 1);
}
