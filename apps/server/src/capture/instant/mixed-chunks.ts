import { randomUUID } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ReadMade } from '@hindsight/mp4/layout/layout-reader';
import { hasCode } from '@hindsight/shared/error-code';
import { LRUCache } from 'lru-cache';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../log.ts';
import { SingleFlight } from '../../single-flight.ts';
import { writeDurably } from '../../storage/force-to-disk.ts';
import { chunkCount, chunkName, chunkOfName, chunkPackets, type MixRecipe } from '../mix/mix-recipe.ts';
import type { MixThreads, Urgency } from '../mix/mix-threads.ts';
import { MIX_PACKET_BYTES } from '../mix/opus-codec.ts';
import type { PinnedClip } from './pinned-segments.ts';

/** Chunks used last stay in memory: several people may watch the clip that was saved a moment ago. */
const MAX_KNOWN_CHUNKS = 128;
/**
 * A player that seeks reads from the keyframe before on, which is some four seconds of sound. While it waits for a chunk, nothing is heard,
 * so two are mixed at a time. Later it is one, because recordings come first. At the beginning of a clip it is one, too: that has been mixed
 * before it is asked for, and the player that starts needs the processors.
 */
const STARTING_CHUNKS = 6;
/** More than this is a whole clip, many times over. */
const MAX_INCOMPLETE_CHUNKS = 10_000;

interface MixedChunksDependencies {
  thread: Pick<MixThreads, 'mix' | 'hurry'>;
  /** Notes whether some of a clip's sound could not be mixed. */
  onIncomplete: (clipId: string, isIncomplete: boolean) => Promise<void>;
  log: Pick<Log, 'warn'>;
}

export type MixedChunks = ReturnType<typeof createMixedChunks>;

/**
 * Makes the mixed sound of pinned clips, chunk by chunk, when it is first read. A chunk is mixed once, whoever reads it, and
 * stays in a file beside the pinned segments until the clip's own file is written.
 */
export function createMixedChunks({ thread, onIncomplete, log }: MixedChunksDependencies) {
  const known = new LRUCache<string, Buffer>({ max: MAX_KNOWN_CHUNKS });
  const making = new SingleFlight<Buffer>();
  /** Chunks that are just being written, by their key. */
  const writing = new Map<string, Promise<void>>();
  /** Chunks that couldn't be mixed as they should be. They are served so, and tried again for the clip's file. */
  const incomplete = new LRUCache<string, true>({ max: MAX_INCOMPLETE_CHUNKS });

  async function make(clip: MixedClip, chunk: number, urgency: Urgency): Promise<Buffer> {
    const { clipId, recipe, directory } = clip;
    const stored = await storedChunk(clip, chunk);
    if (stored !== null) return stored;
    const { packets, isComplete } = await thread.mix(recipe, chunk, urgency);
    if (isComplete) {
      // Whoever watches doesn't wait for the disk. Until the file is there, the chunk is known here, and others mix the same.
      const key = keyOf(recipe, chunk);
      const keep = () => store(chunkFile(directory, recipe, chunk), packets);
      const kept = (clip.pinning ?? Promise.resolve()).then(keep, () => undefined);
      writing.set(
        key,
        kept.finally(() => writing.delete(key)),
      );
    } else {
      incomplete.set(keyOf(recipe, chunk), true);
      await onIncomplete(clipId, true);
    }
    return packets;
  }

  /** Keeps a chunk. Where that isn't possible, as when the disk is full, it is mixed again, to the same bytes. */
  async function store(path: string, packets: Buffer): Promise<void> {
    try {
      await writeWhole(path, packets);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) log.warn({ err: error }, 'a chunk of sound could not be kept');
    }
  }

  async function chunkOf(clip: MixedClip, chunk: number, urgency: Urgency): Promise<Buffer> {
    const key = keyOf(clip.recipe, chunk);
    const before = known.get(key);
    if (before !== undefined) return before;
    if (urgency === 'awaited' && making.has(key)) thread.hurry(clip.recipe, chunk);
    const packets = await making.run(key, () => make(clip, chunk, urgency));
    known.set(key, packets);
    return packets;
  }

  /** Mixes a chunk that somebody will read next. Whoever reads it learns of an error. */
  function ahead(clip: MixedClip, chunk: number): void {
    if (chunk < chunkCount(clip.recipe)) chunkOf(clip, chunk, 'ahead').catch(() => undefined);
  }

  return {
    /** Mixes the beginning of a clip that is being pinned, for somebody who is about to watch it. */
    begin(clip: Required<MixedClip>): void {
      ahead(clip, 0);
    },

    /** Reads the mixed sound of a clip. */
    reader(clip: PinnedClip): ReadMade {
      const mixed = mixedClip(clip);
      if (mixed === null) return () => null;
      let first: number | null = null;
      return (path) => {
        const chunk = chunkOfPath(path);
        if (chunk === null) return null;
        first ??= chunk;
        const isSought = first > 0 && chunk - first < STARTING_CHUNKS;
        const isHurried = isSought && !known.has(keyOf(mixed.recipe, chunk));
        const packets = chunkOf(mixed, chunk, 'awaited');
        if (isHurried) ahead(mixed, chunk + 1);
        return packets.finally(() => ahead(mixed, isHurried ? chunk + 2 : chunk + 1));
      };
    },

    /**
     * Mixes all of a clip, for its file; what couldn't be mixed is tried once more. It takes breaks as long as its work, because recordings come first.
     * @returns the clip with the files of its chunks
     * @throws the file system's errors
     */
    async finish(clip: PinnedClip, signal: AbortSignal): Promise<PinnedClip> {
      const mixed = mixedClip(clip);
      if (mixed === null) return clip;
      const { clipId, recipe, directory } = mixed;
      let wasIncomplete = false;
      let isIncomplete = false;
      for (let chunk = 0; chunk < chunkCount(recipe); chunk++) {
        signal.throwIfAborted();
        const startedAt = performance.now();
        const key = keyOf(recipe, chunk);
        if (incomplete.delete(key)) {
          wasIncomplete = true;
          known.delete(key);
        }
        const packets = await chunkOf(mixed, chunk, 'background');
        if (incomplete.has(key)) isIncomplete = true;
        await writing.get(key);
        if ((await storedChunk(mixed, chunk)) === null)
          await writeWhole(chunkFile(directory, recipe, chunk), packets);
        await sleep(performance.now() - startedAt, undefined, { signal });
      }
      if (wasIncomplete && !isIncomplete) await onIncomplete(clipId, false);
      return {
        ...clip,
        parts: clip.parts.map((part) => {
          const chunk = 'path' in part ? chunkOfPath(part.path) : null;
          return chunk === null ? part : { ...part, path: chunkFile(directory, recipe, chunk) };
        }),
      };
    },
  };
}

/** Writes a file that is there as a whole or not at all. @throws the file system's errors */
async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeDurably(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

function keyOf({ id }: MixRecipe, chunk: number): string {
  return `${id} ${chunk}`;
}

/** A clip with mixed sound, which is pinned in this directory. */
interface MixedClip {
  clipId: string;
  directory: string;
  recipe: MixRecipe;
  /** Until this resolves, nothing can be kept in the directory. */
  pinning?: Promise<unknown>;
}

function mixedClip({ clipId, directory, recipe }: PinnedClip): MixedClip | null {
  return recipe === null ? null : { clipId, directory, recipe };
}

/** Returns the path of a chunk's file, which has the recipe in its name: a clip that is pinned again is mixed again. */
function chunkFile(directory: string, { id }: MixRecipe, chunk: number): string {
  return join(directory, `${chunkName(chunk)}-${id}`);
}

/** Returns the number of a chunk by its path in a pinned clip's layout; null for a segment. */
function chunkOfPath(path: string): number | null {
  return chunkOfName(`${basename(dirname(path))}/${basename(path)}`);
}

/** Reads a chunk from its file; null when there is none, or only a part of it, as a power cut may leave it. */
async function storedChunk({ directory, recipe }: MixedClip, chunk: number): Promise<Buffer | null> {
  try {
    const packets = await readFile(chunkFile(directory, recipe, chunk));
    return packets.length === chunkPackets(recipe, chunk).count * MIX_PACKET_BYTES ? packets : null;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
