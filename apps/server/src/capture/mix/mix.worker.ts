import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Encoder } from '@evan/opus/wasm/index.mjs';
import type { ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { readLayout } from '@hindsight/mp4/layout/layout-reader';
import { layOutSounds } from '@hindsight/mp4/layout/separate-sounds';
import { LRUCache } from 'lru-cache';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { MIX_PACKET_TICKS } from '@hindsight/mp4/layout/mixed-sound';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { SegmentIndexCache } from '@hindsight/mp4/fragments/segment-index-cache';
import { loudnessOf, type Loudness } from './loudness.ts';
import { mixPackets, type SourcePacket } from './mix-packets.ts';
import { chunkPackets, type MixRecipe } from './mix-recipe.ts';
import { readSources } from './mix-sources.ts';
import {
  cutSeparateTracks,
  readSeparateTracks,
  separateSounds,
  sourcesOf,
  withoutVoices,
  type NewMix,
  type SeparateTrack,
} from './separate-tracks.ts';
import { MIX_PACKET_BYTES } from './opus-codec.ts';
import { writeDurably } from '../../storage/force-to-disk.ts';

// These lay clips out, and touch no sound.
export { exactLayout as layOutExact, planHead as planExactHead } from '../exact/exact-layout.ts';
export { downloadLayout as layOutDownload } from './download-layout.ts';

const indexes = new SegmentIndexCache();
/** A file has some seconds of a source. A second is mixed of two or three files of each, of which so many are some megabytes. */
const MAX_KNOWN_FILES = 64;
const known = new LRUCache<string, SourcePacket[]>({ max: MAX_KNOWN_FILES });

/** The file system's error; errors that threads send each other lose their code. */
export interface FileError {
  code: string;
  message: string;
}

/** Mixes a chunk. @param input the part of the recipe that the chunk needs */
export function mix({ recipe, chunk }: { recipe: MixRecipe; chunk: number }): Uint8Array | FileError {
  return orFileError(() => mixPackets(readSources(recipe, indexes, known), chunkPackets(recipe, chunk)));
}

/** Tells how loud the sources of a recipe are in a stretch of it, in ticks. */
export function loudness({
  recipe,
  from,
  to,
}: {
  recipe: MixRecipe;
  from: number;
  to: number;
}): Loudness[] | FileError {
  return orFileError(() => loudnessOf(readSources(recipe, indexes), { from, to }));
}

/** A file of separate tracks was written. */
export interface WrittenTracks {
  sizeBytes: number;
  /** The SHA-256 is in hex. */
  checksum: string;
}

/**
 * Writes what a clip's sound is mixed of as separate tracks.
 * @param input.clipPath the clip's file, whose sound has the same times
 * @param input.recordedAtMs the true time of the clip's start, in epoch ms
 */
export function separate({
  recipe,
  clipPath,
  outputPath,
  recordedAtMs,
}: {
  recipe: MixRecipe;
  clipPath: string;
  outputPath: string;
  recordedAtMs: number;
}): Promise<WrittenTracks | FileError> {
  return orFileErrorSoon(async () => {
    const { presentedFrom, end } = trackOf(await readMovieTracks(clipPath), 'audio');
    const sounds = separateSounds(readSources(recipe, indexes));
    return write(layOutSounds(sounds, { presentedFrom, end, recordedAtMs }), outputPath);
  });
}

/** Cuts a range, in seconds of the clip, out of separate tracks. */
export function cutTracks({
  path,
  outputPath,
  recordedAtMs,
  ...range
}: {
  path: string;
  fromSeconds: number;
  toSeconds: number;
  outputPath: string;
  recordedAtMs: number;
}): Promise<WrittenTracks | FileError> {
  return orFileErrorSoon(async () =>
    write(cutSeparateTracks(await readSeparateTracks(path), range, recordedAtMs), outputPath),
  );
}

/** The tracks that were read last. A clip is mixed anew in many parts, one after the other. */
let lastRead: { path: string; tracks: SeparateTrack[] } | null = null;

/**
 * Mixes some packets of separate tracks anew.
 * @returns the packets, all of one size; fewer at the end, and none behind it
 */
export function mixTracks({
  path,
  first,
  count,
  ...mixed
}: NewMix & { path: string; first: number; count: number }): Promise<Uint8Array | FileError> {
  return orFileErrorSoon(async () => {
    if (lastRead?.path !== path) lastRead = { path, tracks: await readSeparateTracks(path) };
    const { tracks } = lastRead;
    const total = Math.ceil((tracks[0]?.end ?? 0) / MIX_PACKET_TICKS);
    const stretch = { first, count: Math.min(count, total - first) };
    return stretch.count <= 0 ? new Uint8Array() : mixPackets(sourcesOf(tracks, mixed), stretch);
  });
}

/** Writes packets that were mixed anew as an MP4 with the times of the separate tracks. */
export function writeMix({
  path,
  packets,
  outputPath,
}: {
  path: string;
  packets: Uint8Array;
  outputPath: string;
}): Promise<WrittenTracks | FileError> {
  return orFileErrorSoon(async () => {
    const [track] = await readSeparateTracks(path);
    const count = packets.length / MIX_PACKET_BYTES;
    const sound = Array.from({ length: count }, (_, index) => ({
      ...{ at: index * MIX_PACKET_TICKS, samples: MIX_PACKET_TICKS },
      payload: packets.subarray(index * MIX_PACKET_BYTES, (index + 1) * MIX_PACKET_BYTES),
    }));
    const times = {
      presentedFrom: track?.presentedFrom ?? 0,
      end: count * MIX_PACKET_TICKS,
      recordedAtMs: 0,
    };
    return write(layOutSounds([{ packets: sound }], times), outputPath);
  });
}

/** Writes separate tracks without those of some people. */
export function omitTracks({
  path,
  outputPath,
  recordedAtMs,
  omitted,
}: Pick<NewMix, 'omitted'> & {
  path: string;
  outputPath: string;
  recordedAtMs: number;
}): Promise<WrittenTracks | FileError> {
  return orFileErrorSoon(async () =>
    write(withoutVoices(await readSeparateTracks(path), omitted, recordedAtMs), outputPath),
  );
}

async function write(layout: ClipLayout, path: string): Promise<WrittenTracks> {
  const bytes = await buffer(readLayout(layout, { start: 0, end: layout.sizeBytes - 1 }));
  await writeDurably(path, bytes);
  return { sizeBytes: bytes.length, checksum: createHash('sha256').update(bytes).digest('hex') };
}

function orFileError<T>(work: () => T): T | FileError {
  try {
    return work();
  } catch (error) {
    return fileErrorOf(error);
  }
}

async function orFileErrorSoon<T>(work: () => Promise<T>): Promise<T | FileError> {
  try {
    return await work();
  } catch (error) {
    return fileErrorOf(error);
  }
}

/** @throws the error when it isn't the file system's */
function fileErrorOf(error: unknown): FileError {
  if (error instanceof Error && 'syscall' in error && 'code' in error)
    return { code: String(error.code), message: error.message };
  throw error;
}

/** So many sources of each kind are mixed, and so many packets of each, before the thread is as quick as it will be. */
const WARM_SOURCES = 3;
const WARM_PACKETS = 50;

/** Mixes a second of noise, because code is slowest when it runs for the first time: that of a decoder, too. */
export function warmUp(): void {
  const kinds = [
    noisePackets({ channels: 2, application: 'audio' }),
    noisePackets({ channels: 1, application: 'voip' }),
  ];
  const sources = Array.from({ length: WARM_SOURCES }, () => kinds)
    .flat()
    .map((packets) => ({ from: 0, to: Infinity, packets }));
  mixPackets(sources, { first: 0, count: WARM_PACKETS });
}

/** Encodes noise as browsers do the sound of a share, or a voice; noise takes a codec more work than silence. */
function noisePackets(kind: { channels: 1 | 2; application: 'audio' | 'voip' }): SourcePacket[] {
  const encoder = new Encoder({ ...kind, sample_rate: OPUS_RATE });
  const packets = Array.from({ length: WARM_PACKETS }, (_, index) => {
    const samples = Int16Array.from(
      { length: kind.channels * MIX_PACKET_TICKS },
      () => NOISE * (Math.random() - 0.5),
    );
    return { at: index * MIX_PACKET_TICKS, samples: MIX_PACKET_TICKS, payload: encoder.encode(samples) };
  });
  encoder.drop();
  return packets;
}

/** The noise is this loud, of 65536. */
const NOISE = 10_000;
