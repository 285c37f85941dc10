import type { Preview } from '@hindsight/shared/replay/preview';
import type { TimeRange } from '../../domain/timeline/time-range.ts';

interface Span {
  fromMs: number;
  toMs: number;
}

/** A piece is a stored part of the buffer, on the dialog's timeline. */
export interface TimelinePiece extends Span {
  key: string;
  sizeBytes: number;
  keptUntilMs: number;
  /** Voices can be mixed into a clip with the piece. */
  isMixable: boolean;
}

export interface TimelineMarker {
  id: string;
  offsetMs: number;
  label: string | null;
}

/** This is a preview as the dialog draws it. All times are ms from the first picture. */
export interface BufferTimeline {
  durationMs: number;
  pieces: readonly TimelinePiece[];
  ranges: readonly Span[];
  gaps: readonly Span[];
  markers: readonly TimelineMarker[];
  /** The snapshot was taken at this time, on the same timeline. */
  atMs: number;
}

export function toBufferTimeline(preview: Preview): BufferTimeline {
  const originMs = Date.parse(preview.from);
  const offset = (iso: string) => Date.parse(iso) - originMs;
  const toSpan = ({ from, to }: { from: string; to: string }) => ({ fromMs: offset(from), toMs: offset(to) });
  return {
    durationMs: offset(preview.to),
    pieces: preview.pieces.map((piece) => ({
      ...toSpan(piece),
      key: piece.key,
      sizeBytes: piece.sizeBytes,
      keptUntilMs: offset(piece.keptUntil),
      isMixable: piece.isMixable,
    })),
    ranges: preview.ranges.map(toSpan),
    gaps: preview.gaps.map(toSpan),
    markers: preview.markers.map(({ id, at, label }) => ({ id, offsetMs: offset(at), label })),
    atMs: offset(preview.at),
  };
}

/** Returns how much picture a range holds. Gaps don't count, because a clip leaves them out. */
export function pictureMs(ranges: readonly Span[], [inMs, outMs]: TimeRange): number {
  return ranges.reduce(
    (sum, { fromMs, toMs }) => sum + Math.max(0, Math.min(toMs, outMs) - Math.max(fromMs, inMs)),
    0,
  );
}

/** Says whether a clip of a range can have voices. One part that can't be mixed is enough for it to have none. */
export function canHaveVoices(pieces: readonly TimelinePiece[], [inMs, outMs]: TimeRange): boolean {
  return pieces.every(({ fromMs, toMs, isMixable }) => isMixable || toMs <= inMs || fromMs >= outMs);
}

/** Returns roughly how many bytes of the quota saving a range takes. Pieces are saved whole. */
export function costBytes(pieces: readonly TimelinePiece[], [inMs, outMs]: TimeRange): number {
  return pieces
    .filter(({ fromMs, toMs }) => toMs > inMs && fromMs < outMs)
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/**
 * Returns where the kept part of the buffer begins, some time after the snapshot. Returns the whole length when nothing
 * is kept.
 * @param nowMs the present, on the same timeline
 */
export function keptFromMs(pieces: readonly TimelinePiece[], nowMs: number): number {
  const lost = pieces.findLast(({ keptUntilMs }) => keptUntilMs <= nowMs);
  return lost?.toMs ?? 0;
}

/** Returns the part of a range that is still kept; null when nothing of it is left. */
export function keptPart([inMs, outMs]: TimeRange, fromMs: number, minLengthMs: number): TimeRange | null {
  if (outMs - fromMs < minLengthMs) return null;
  return [Math.max(inMs, fromMs), outMs];
}

/** Tells why a range can't be saved; null when it can. */
export function obstacleTo(
  { pieces, ranges }: Pick<BufferTimeline, 'pieces' | 'ranges'>,
  range: TimeRange | null,
  { availableBytes, minLengthMs }: { availableBytes: number; minLengthMs: number },
): 'gone' | 'empty' | 'too-large' | null {
  if (range === null) return 'gone';
  if (pictureMs(ranges, range) < minLengthMs) return 'empty';
  return costBytes(pieces, range) > availableBytes ? 'too-large' : null;
}
