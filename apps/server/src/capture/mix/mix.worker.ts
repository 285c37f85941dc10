import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { readLayout } from '@hindsight/mp4/layout/layout-reader';
import { layOutSounds } from '@hindsight/mp4/layout/separate-sounds';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { SegmentIndexCache } from '@hindsight/mp4/fragments/segment-index-cache';
import { downloadLayout, type DownloadInput } from './download-layout.ts';
import { loudnessOf, type Loudness } from './loudness.ts';
import { mixPackets } from './mix-packets.ts';
import { chunkPackets, type MixRecipe } from './mix-recipe.ts';
import { readSources } from './mix-sources.ts';
import { cutSeparateTracks, readSeparateTracks, separateSounds } from './separate-tracks.ts';
import { writeDurably } from '../../storage/force-to-disk.ts';

const indexes = new SegmentIndexCache();

/** The file system's error; errors that threads send each other lose their code. */
export interface FileError {
  code: string;
  message: string;
}

/** Mixes a chunk. @param input the part of the recipe that the chunk needs */
export function mix({ recipe, chunk }: { recipe: MixRecipe; chunk: number }): Uint8Array | FileError {
  return orFileError(() => mixPackets(readSources(recipe, indexes), chunkPackets(recipe, chunk)));
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

/** Lays a clip out with its separate tracks. */
export function layOutDownload(input: DownloadInput): Pick<ClipLayout, 'head' | 'parts'> {
  return downloadLayout(input);
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

/** Mixes a moment of silence, because code is slowest when it runs for the first time. */
export function warmUp(): void {
  mixPackets([], { first: 0, count: 5 });
}
