import { BrokenSegmentError, type MediaTrack } from '@hindsight/mp4/fragments/init-tracks';
import { hasCode } from '@hindsight/shared/error-code';
import { SECOND } from '@hindsight/shared/units';
import type { Piece, Timeline } from '../../buffer/piece.ts';
import type { Cut } from '../../ffmpeg/ffmpeg-command.ts';
import { trackSpan, type SegmentIndex, type TrackSpan } from '@hindsight/mp4/fragments/segment-index';
import { SegmentIndexCache } from '@hindsight/mp4/fragments/segment-index-cache';
import { isOneCodec, select, type Run, type Selection, type TimeRange } from './selection.ts';
import { snapToPacket } from './snap-to-packet.ts';

/** The plan of a run adds the properties of its media, which are read from its files. */
export interface RunPlan extends Cut {
  run: Run;
  /** The segments are the indexes of its samples. They are empty for MPEG-TS, which isn't indexed. */
  segments: readonly SegmentIndex[];
  hasAudio: boolean;
  /** This is the length of all its pieces, lead-in included. */
  mediaSeconds: number;
  /** Its media begins here, on the timeline that `startSeconds` is on. */
  originSeconds: number;
  /** That timeline began at this moment, in epoch milliseconds. */
  zeroMs: number;
  /** The numbers of samples are upper bounds. */
  samples: { video: number; audio: number };
  /** Width and height are those of the picture, or 0 when unknown (MPEG-TS). */
  width: number;
  height: number;
  /** The sample entry of the video is a four-character code. */
  sampleEntry: string;
}

export interface ClipPlan {
  selection: Selection;
  runs: readonly RunPlan[];
  /** Says whether ffmpeg can join the runs without encoding, into something that browsers play. */
  canCopy: boolean;
  /** Says whether the MP4 can be laid out without ffmpeg: its pieces are indexed, in codecs that browsers play. */
  canLayOut: boolean;
  /**
   * Starts are on the timeline of the files' own timestamps when true. For MPEG-TS, which isn't indexed, they count from
   * the first timestamp.
   */
  isOnMediaTimeline: boolean;
}

/** Browsers play pictures with these sample entries as they are. */
export const COPYABLE_SAMPLE_ENTRIES: ReadonlySet<string> = new Set(['avc1', 'avc3']);
/** MPEG-TS isn't indexed, so rates are assumed that no share exceeds. */
const MAX_FRAMES_PER_SECOND = 120;
const MAX_AUDIO_PACKETS_PER_SECOND = 100;

interface IndexedPiece {
  piece: Piece;
  /** It is null for MPEG-TS. */
  index: SegmentIndex | null;
  video: TrackSpan | null;
  audio: TrackSpan | null;
  sampleEntry: string;
  width: number;
  height: number;
}

/**
 * Decides which part of a timeline goes into a clip. Pieces whose files are gone or broken are left out, as if they had
 * never been recorded, and reported to `onBroken`. Returns null when nothing of the range is left. Reads synchronously
 * what isn't in `indexes`.
 */
export function planClip(
  timeline: Timeline,
  range: TimeRange,
  onBroken: (error: Error) => void,
  indexes = new SegmentIndexCache(),
): ClipPlan | null {
  const wanted = timeline.filter((piece) => piece.toMs > range.fromMs && piece.fromMs < range.toMs);
  const indexed = indexPieces(wanted, indexes, onBroken);
  const sound = wanted.flatMap((piece, position) => {
    if (!indexed.has(piece.path)) return [];
    const before = wanted[position - 1];
    const isBehindHole = before !== undefined && !indexed.has(before.path);
    return [isBehindHole ? { ...piece, isDiscontinuity: true } : piece];
  });
  const selection = select(sound, range);
  if (selection === null) return null;
  const isPlayable = selection.runs.every((run) =>
    run.pieces.every((piece) => COPYABLE_SAMPLE_ENTRIES.has(indexed.get(piece.path)?.sampleEntry ?? '')),
  );
  const runs = selection.runs.map((run) => planRun(run, indexed));
  const hasAudioChange = new Set(runs.map((run) => run.hasAudio)).size > 1;
  const isOnMediaTimeline = selection.runs.every((run) =>
    run.pieces.every((piece) => piece.initPath !== null),
  );
  return {
    selection,
    runs,
    canCopy: isPlayable && isOneCodec(selection.runs) && !hasAudioChange,
    // Another picture size only adds a sample entry, because each keyframe has its parameter sets.
    canLayOut: isPlayable && isOnMediaTimeline && haveOneClock(runs),
    isOnMediaTimeline,
  };
}

/** Returns the size of a clip of these runs, which is that of its largest picture. */
export function clipSize(runs: readonly RunPlan[]): { width: number; height: number } {
  const largest = runs.toSorted((a, b) => b.width * b.height - a.width * a.height)[0];
  return { width: largest?.width ?? 0, height: largest?.height ?? 0 };
}

/** Says whether the runs share timescales, because a track of a movie has only one. */
function haveOneClock(runs: readonly RunPlan[]): boolean {
  const tracks = runs.flatMap(({ segments }) => segments.flatMap((segment) => segment.runs));
  return (['video', 'audio'] as const).every((kind) => {
    const ofKind = tracks.flatMap(({ track }) => (track.kind === kind ? [track.timescale] : []));
    return new Set(ofKind).size <= 1;
  });
}

function planRun(run: Run, indexed: ReadonlyMap<string, IndexedPiece>): RunPlan {
  const entries = run.pieces.flatMap((piece) => indexed.get(piece.path) ?? []);
  const sum = (kind: 'video' | 'audio') =>
    entries.reduce((total, entry) => total + (entry[kind]?.sampleCount ?? 0), 0);
  const first = entries[0];
  const video = { start: first?.video?.startSeconds ?? 0, end: entries.at(-1)?.video?.endSeconds ?? 0 };
  const audioStart = first?.audio?.startSeconds;
  const leadInSeconds = (run.fromMs - (run.pieces[0]?.fromMs ?? run.fromMs)) / 1000;
  const startSeconds = snapToPacket(video.start + leadInSeconds, audioStart, video.start);
  const durationSeconds = Math.min((run.toMs - run.fromMs) / 1000, video.end - startSeconds);
  return {
    run,
    segments: entries.flatMap(({ index }) => index ?? []),
    startSeconds,
    durationSeconds,
    hasAudio: sum('audio') > 0,
    mediaSeconds: video.end - Math.min(video.start, audioStart ?? video.start),
    originSeconds: Math.min(video.start, audioStart ?? video.start),
    zeroMs: (run.pieces[0]?.fromMs ?? run.fromMs) - video.start * SECOND,
    samples: { video: sum('video'), audio: sum('audio') },
    width: entries[0]?.width ?? 0,
    height: entries[0]?.height ?? 0,
    sampleEntry: entries[0]?.sampleEntry ?? '',
  };
}

function indexPieces(
  pieces: readonly Piece[],
  indexes: SegmentIndexCache,
  onBroken: (error: Error) => void,
): Map<string, IndexedPiece> {
  const firstFromMs = pieces[0]?.fromMs ?? 0;
  const indexed = new Map<string, IndexedPiece>();
  // Nearly all pieces share one init segment, which is read once.
  const inits = new Map<string, MediaTrack[]>();
  for (const piece of pieces) {
    const { initPath } = piece;
    try {
      if (initPath === null) {
        indexed.set(piece.path, assumeTransportStream(piece, firstFromMs));
        continue;
      }
      const tracks = inits.get(initPath) ?? indexes.tracksOf(initPath);
      inits.set(initPath, tracks);
      indexed.set(piece.path, indexPiece(piece, tracks, indexes));
    } catch (error) {
      if (!isBroken(error)) throw error;
      onBroken(error);
    }
  }
  return indexed;
}

function indexPiece(piece: Piece, tracks: MediaTrack[], indexes: SegmentIndexCache): IndexedPiece {
  const index = indexes.indexOf(piece.path, piece.sizeBytes, tracks);
  const picture = tracks.find(({ kind }) => kind === 'video');
  return {
    piece,
    index,
    video: trackSpan(index, 'video'),
    audio: trackSpan(index, 'audio'),
    sampleEntry: picture?.codec ?? '',
    width: picture?.width ?? 0,
    height: picture?.height ?? 0,
  };
}

/** Returns the assumed index of an MPEG-TS piece: H.264 and, unless it is silent, AAC, with the times of the playlist. */
function assumeTransportStream(piece: Piece, firstFromMs: number): IndexedPiece {
  const startSeconds = (piece.fromMs - firstFromMs) / 1000;
  const endSeconds = (piece.toMs - firstFromMs) / 1000;
  const span = (perSecond: number) => ({
    startSeconds,
    endSeconds,
    sampleCount: Math.ceil((endSeconds - startSeconds) * perSecond),
  });
  const video = span(MAX_FRAMES_PER_SECOND);
  const audio = piece.isSilent === true ? null : span(MAX_AUDIO_PACKETS_PER_SECOND);
  return { piece, index: null, video, audio, sampleEntry: 'avc1', width: 0, height: 0 };
}

function isBroken(error: unknown): error is Error {
  return error instanceof BrokenSegmentError || hasCode(error, 'ENOENT');
}
