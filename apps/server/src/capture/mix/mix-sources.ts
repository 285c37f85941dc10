import { closeSync, openSync, readSync } from 'node:fs';
import { BrokenSegmentError } from '@hindsight/mp4/fragments/init-tracks';
import type { SampleRun } from '@hindsight/mp4/fragments/movie-fragment';
import type { SegmentIndexCache } from '@hindsight/mp4/fragments/segment-index-cache';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { readVoicePiece } from '@hindsight/recorder/voices/voice-piece';
import { gainOf } from './gains.ts';
import type { MixSource, SourcePacket } from './mix-packets.ts';
import type { MixRecipe } from './mix-recipe.ts';

type Section = MixRecipe['sections'][number];
type Segment = Section['share']['segments'][number];
type VoiceFile = Section['voices']['microphones'][number]['files'][number];

/** A source, and whose voice it is; null for the share's own sound. */
export interface OwnedSource extends MixSource {
  userId: string | null;
}

/** Packets of files that were read last, and don't change any more. Each second of a clip is mixed of the same files as the one before. */
export interface KnownPackets {
  get(key: string): SourcePacket[] | undefined;
  set(key: string, packets: SourcePacket[]): unknown;
}

/**
 * Reads the packets of all sources of a recipe, for all of its times. Broken segments of the share have no sound, and files
 * that are no voice are silent. It is synchronous, for a thread of its own.
 * @param known spares reading files again; only for files that stay as they are
 * @throws the file system's errors
 */
export function readSources(
  recipe: MixRecipe,
  indexes: SegmentIndexCache,
  known: KnownPackets = new Map(),
): OwnedSource[] {
  const packetsOf = (file: Segment | VoiceFile, shiftTicks: number): SourcePacket[] => {
    const key = `${file.path} ${file.sizeBytes} ${shiftTicks}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const packets = 'initPath' in file ? readShare(file, shiftTicks, indexes) : readVoice(file, shiftTicks);
    known.set(key, packets);
    return packets;
  };
  return recipe.sections.flatMap(({ fromTicks: from, toTicks: to, share, voices }) => {
    const ofShare = {
      userId: null,
      gain: gainOf(share.gainDb ?? 0),
      packets: share.segments.flatMap((segment) => packetsOf(segment, share.shiftTicks)),
    };
    const ofVoices = voices.microphones.map(({ userId, gainDb, files }) => ({
      userId,
      gain: gainOf(gainDb ?? 0),
      packets: files.flatMap((file) => packetsOf(file, voices.shiftTicks)),
    }));
    return [ofShare, ...ofVoices]
      .filter(({ packets }) => packets.length > 0)
      .map(({ packets, ...source }) => ({ ...source, from, to, packets: inOrder(packets) }));
  });
}

/** Leaves packets out that overlap those before: a decoder takes one after the other. */
function inOrder(packets: readonly SourcePacket[]): SourcePacket[] {
  let end = Number.NEGATIVE_INFINITY;
  return packets.filter(({ at, samples }) => {
    if (at < end) return false;
    end = at + samples;
    return true;
  });
}

function readShare(segment: Segment, shiftTicks: number, indexes: SegmentIndexCache): SourcePacket[] {
  const { path, initPath, sizeBytes } = segment;
  try {
    const { runs } = indexes.indexOf(path, sizeBytes, indexes.tracksOf(initPath));
    const sound = runs.filter(({ track }) => track.kind === 'audio' && track.timescale === OPUS_RATE);
    if (sound.length === 0) return [];
    const file = openSync(path, 'r');
    try {
      return sound.flatMap((run) => readRun(file, run, shiftTicks));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof BrokenSegmentError) return [];
    throw error;
  }
}

function readRun(file: number, run: SampleRun, shiftTicks: number): SourcePacket[] {
  const bytes = readAt(
    file,
    run.offset,
    run.sizes.reduce((sum, size) => sum + size, 0),
  );
  let at = run.decodeTime + shiftTicks;
  let offset = 0;
  return Array.from(run.sizes, (size, index) => {
    const samples = run.durations[index] ?? 0;
    const packet = { at, samples, payload: bytes.subarray(offset, offset + size) };
    at += samples;
    offset += size;
    return packet;
  });
}

function readVoice({ path, sizeBytes }: VoiceFile, shiftTicks: number): SourcePacket[] {
  const file = openSync(path, 'r');
  try {
    const piece = readVoicePiece(readAt(file, 0, sizeBytes));
    return (piece?.packets ?? []).map(({ atSample, samples, payload }) => ({
      at: atSample + shiftTicks,
      samples,
      payload,
    }));
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(file, buffer, 0, length, position));
}
