import { SegmentIndexCache } from '@hindsight/mp4/fragments/segment-index-cache';
import { mixPackets } from './mix-packets.ts';
import { chunkPackets, type MixRecipe } from './mix-recipe.ts';
import { readSources } from './mix-sources.ts';

const indexes = new SegmentIndexCache();

/** The file system's error; errors that threads send each other lose their code. */
interface FileError {
  code: string;
  message: string;
}

/** Mixes a chunk. @param input the part of the recipe that the chunk needs */
export function mix({ recipe, chunk }: { recipe: MixRecipe; chunk: number }): Uint8Array | FileError {
  try {
    return mixPackets(readSources(recipe, indexes), chunkPackets(recipe, chunk));
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
