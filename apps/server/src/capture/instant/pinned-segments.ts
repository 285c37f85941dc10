import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { idSchema } from '@hindsight/shared/ids';
import { MiB } from '@hindsight/shared/units';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { partLength, type PayloadPart } from '@hindsight/mp4/tables/payload';
import type { LayoutBytes } from '@hindsight/mp4/layout/layout-reader';
import { chunkName, chunkOfName, mixRecipeSchema, withPaths, type MixRecipe } from '../mix/mix-recipe.ts';
import type { PlannedLayout } from '../plan/mixed-layout.ts';
import { linkOrCopy } from '../../storage/hard-links.ts';
import { forceToDisk, writeDurably } from '../../storage/force-to-disk.ts';

/** The name on disk is older than the term "pinned", and must stay for clips that are pinned during an upgrade. */
const FOLDER = 'held';
const HEAD = 'head.mp4';
const PARTS = 'parts.json';
const RECIPE = 'mix.json';
/** Chunks of mixed sound lie in this folder of the clip's directory. */
const MIX = 'mix';
/** Layouts used last stay in memory up to this size, because each range request of a playing clip needs its layout. */
const MAX_KNOWN_BYTES = 32 * MiB;
/** Estimated memory for each part, plus a fixed overhead for each clip. */
const OVERHEAD_BYTES = 200;

/** A pinned clip has a layout of pinned segments, and no file yet. */
export interface PinnedClip extends LayoutBytes {
  clipId: string;
  /** Its segments, and the chunks of its mixed sound, lie in this directory. */
  directory: string;
  sizeBytes: number;
  /** The clip's sound is mixed of this; null when it has none, or only that of its pinned segments. */
  recipe: MixRecipe | null;
}

export type PinnedSegments = ReturnType<typeof createPinnedSegments>;

/** The state identifies the list of parts: it changes when a clip is pinned again. */
interface KnownClip {
  clip: PinnedClip;
  state: string;
}

/** A part is stored as a range of a pinned segment or of a chunk of mixed sound, or as the bytes themselves. */
const partsSchema = z.array(
  z.union([
    z.object({ piece: z.string().regex(/^\d+$/), offset: z.number().int(), length: z.number().int() }),
    z.object({ chunk: z.number().int(), offset: z.number().int(), length: z.number().int() }),
    z.object({ base64: z.base64() }),
  ]),
);

/**
 * Pins the segments of accepted clips whose files aren't written yet. Each clip has a directory under the buffer's root
 * with its layout and hard links to its segments, so retention can delete them from the buffer without taking them from
 * the clip. The directory gets its final name when it is complete, and stays unchanged until it is released.
 */
export function createPinnedSegments({ bufferDir }: { bufferDir: string }) {
  const root = join(bufferDir, FOLDER);
  const directoryOf = (clipId: string) => join(root, idSchema.parse(clipId));
  const known = new LRUCache<string, KnownClip>({
    maxSize: MAX_KNOWN_BYTES,
    sizeCalculation: ({ clip }) =>
      clip.head.length + (clip.parts.length + filesOf(clip) + 1) * OVERHEAD_BYTES,
  });

  async function stateOf(clipId: string): Promise<string> {
    const { ino, mtimeMs } = await stat(join(directoryOf(clipId), PARTS));
    return `${ino} ${mtimeMs}`;
  }

  return {
    /** Returns where the segments of a clip are pinned, or will be. */
    directoryOf,

    /**
     * Pins what a layout needs, in place of what an earlier attempt pinned.
     * @param isOurs says whether this server may still make the clip: after a hang it is taken for gone, and another
     * server may have pinned the clip. It is asked when all is ready but the final name.
     * @returns the pinned clip; null when it may not, and nothing has changed
     * @throws the file system's ENOENT when a segment is gone
     */
    async pin(
      clipId: string,
      layout: PlannedLayout,
      isOurs: () => Promise<boolean>,
    ): Promise<PinnedClip | null> {
      const directory = `${directoryOf(clipId)}.${randomUUID()}`;
      await mkdir(directory, { recursive: true });
      try {
        const clip = await fill(clipId, directory, { layout, finalName: directoryOf(clipId) });
        if (!(await isOurs())) return null;
        await rm(directoryOf(clipId), { recursive: true, force: true });
        await rename(directory, directoryOf(clipId));
        const [state] = await Promise.all([
          stateOf(clipId),
          forceToDisk(directoryOf(clipId)),
          forceToDisk(root),
        ]);
        known.set(clipId, { clip, state });
        return clip;
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },

    /** Returns a pinned clip, or null when nothing of it is pinned. */
    async open(clipId: string): Promise<PinnedClip | null> {
      try {
        const state = await stateOf(clipId);
        const last = known.get(clipId);
        if (last?.state === state) return last.clip;
        const clip = await read(clipId, directoryOf(clipId));
        known.set(clipId, { clip, state });
        return clip;
      } catch (error) {
        known.delete(clipId);
        if (hasCode(error, 'ENOENT')) return null;
        throw error;
      }
    },

    /** Releases a clip's pinned segments, and what interrupted attempts left of it. */
    async release(clipId: string): Promise<void> {
      const id = idSchema.parse(clipId);
      const names = (await namesIn(root)).filter((name) => clipIdOf(name) === id);
      for (const name of names) await rm(join(root, name), { recursive: true, force: true });
    },

    /** Returns the ids of clips of which something is pinned, complete or not. */
    async clipIds(): Promise<string[]> {
      const ids = (await namesIn(root)).map(clipIdOf).filter((id) => idSchema.safeParse(id).success);
      return [...new Set(ids)];
    },
  };
}

/** Returns how many files a clip's sound is mixed of. */
function filesOf({ recipe }: PinnedClip): number {
  return (recipe?.sections ?? []).reduce(
    (sum, { share, voices }) =>
      sum + share.segments.length + voices.microphones.reduce((files, one) => files + one.files.length, 0),
    0,
  );
}

/** Returns the id in a directory's name: the id alone when it is complete, or `id.random` before. */
function clipIdOf(name: string): string {
  return name.split('.')[0] ?? '';
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function read(clipId: string, directory: string): Promise<PinnedClip> {
  const [head, list, recipe] = await Promise.all([
    readFile(join(directory, HEAD)),
    readFile(join(directory, PARTS), 'utf8'),
    readRecipe(directory),
  ]);
  const pathOf = memo((name) => join(directory, name));
  const parts = partsSchema.parse(JSON.parse(list)).map((part): PayloadPart => {
    if ('base64' in part) return { bytes: Buffer.from(part.base64, 'base64') };
    const { offset, length } = part;
    return { path: pathOf('chunk' in part ? chunkName(part.chunk) : part.piece), offset, length };
  });
  const sizeBytes = parts.reduce((sum, part) => sum + partLength(part), head.length);
  return { clipId, directory, head, parts, sizeBytes, recipe };
}

async function readRecipe(directory: string): Promise<MixRecipe | null> {
  try {
    const recipe = mixRecipeSchema.parse(JSON.parse(await readFile(join(directory, RECIPE), 'utf8')));
    return withPaths(recipe, (name) => join(directory, name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * Fills a directory with a clip's layout and segments.
 * @returns the clip with the paths that are valid once the directory has its final name
 */
async function fill(
  clipId: string,
  directory: string,
  { layout, finalName }: { layout: PlannedLayout; finalName: string },
): Promise<PinnedClip> {
  const { head, parts, sizeBytes } = layout;
  const names = new Map<string, string>();
  const nameOf = (path: string): string => {
    const name = names.get(path) ?? String(names.size);
    names.set(path, name);
    return name;
  };
  // A clip has thousands of parts, which lie in hundreds of files.
  const placeOf = memo((path) => {
    const chunk = chunkOfName(path);
    const finalPath = join(finalName, chunk === null ? nameOf(path) : path);
    return { chunk, finalPath };
  });
  const kept = parts.map((part): z.input<typeof partsSchema>[number] => {
    if ('bytes' in part) return { base64: part.bytes.toString('base64') };
    const { path, offset, length } = part;
    const { chunk } = placeOf(path);
    return chunk === null ? { piece: nameOf(path), offset, length } : { chunk, offset, length };
  });
  const recipe = layout.recipe === null ? null : withPaths(layout.recipe, nameOf);
  await Promise.all([
    ...[...names].map(([path, name]) => linkOrCopy(path, join(directory, name))),
    writeDurably(join(directory, HEAD), head),
    writeDurably(join(directory, PARTS), JSON.stringify(kept)),
    ...(recipe === null
      ? []
      : [mkdir(join(directory, MIX)), writeDurably(join(directory, RECIPE), JSON.stringify(recipe))]),
  ]);
  return {
    clipId,
    directory: finalName,
    head,
    parts: parts.map((part) => ('bytes' in part ? part : { ...part, path: placeOf(part.path).finalPath })),
    sizeBytes,
    recipe: recipe === null ? null : withPaths(recipe, (name) => join(finalName, name)),
  };
}

/** Computes each value once. */
function memo<Value>(compute: (key: string) => Value): (key: string) => Value {
  const values = new Map<string, Value>();
  return (key) => {
    const before = values.get(key);
    if (before !== undefined) return before;
    const value = compute(key);
    values.set(key, value);
    return value;
  };
}

/**
 * Returns a hash of a layout's content. It is equal only for the same head and the same ranges of the same segments,
 * whose names are never used again.
 */
export function layoutEtag({
  head,
  parts,
  recipe = null,
}: LayoutBytes & Partial<Pick<PlannedLayout, 'recipe'>>): string {
  const hash = createHash('sha256').update(head);
  const nameOf = memo((path) => `${basename(dirname(path))}/${basename(path)}`);
  // A recipe has an id of its own.
  if (recipe !== null) hash.update(recipe.id);
  for (const part of parts) {
    if ('bytes' in part) hash.update(part.bytes);
    else hash.update(`\n${nameOf(part.path)}:${part.offset}+${part.length}\n`);
  }
  return hash.digest('hex');
}
