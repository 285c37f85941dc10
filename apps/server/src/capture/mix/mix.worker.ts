import { SegmentIndexCache } from '@hindsight/mp4/fragments/segment-index-cache';
import { mixPackets } from './mix-packets.ts';
import { chunkPackets, type MixRecipe } from './mix-recipe.ts';
import { readSources } from './mix-sources.ts';

const indexes = new SegmentIndexCache();

/** Mixes a chunk. @param input the part of the recipe that the chunk needs */
export function mix({ recipe, chunk }: { recipe: MixRecipe; chunk: number }): Uint8Array {
  return mixPackets(readSources(recipe, indexes), chunkPackets(recipe, chunk));
}

/** Mixes a moment of silence, because code is slowest when it runs for the first time. */
export function warmUp(): void {
  mixPackets([], { first: 0, count: 5 });
}
