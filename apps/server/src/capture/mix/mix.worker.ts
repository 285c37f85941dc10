import { SegmentIndexCache } from '@hindsight/mp4/fragments/segment-index-cache';
import { loudnessOf, type Loudness } from './loudness.ts';
import { mixPackets } from './mix-packets.ts';
import { chunkPackets, type MixRecipe } from './mix-recipe.ts';
import { readSources } from './mix-sources.ts';

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

function orFileError<T>(work: () => T): T | FileError {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error && 'code' in error)
      return { code: String(error.code), message: error.message };
    throw error;
  }
}

/** Mixes a moment of silence, because code is slowest when it runs for the first time. */
export function warmUp(): void {
  mixPackets([], { first: 0, count: 5 });
}
