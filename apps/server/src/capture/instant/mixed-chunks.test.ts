import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { readLayout } from '@hindsight/mp4/layout/layout-reader';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../log.ts';
import { chunkName, MIX_CHUNK_PACKETS } from '../mix/mix-recipe.ts';
import { MIX_PACKET_BYTES } from '../mix/opus-codec.ts';
import { createMixedChunks } from './mixed-chunks.ts';
import type { PinnedClip } from './pinned-segments.ts';

const CHUNK_BYTES = MIX_CHUNK_PACKETS * MIX_PACKET_BYTES;
const signal = new AbortController().signal;

describe('the mixed sound of a pinned clip', () => {
  let directory: string;
  let clip: PinnedClip;
  /** The chunks that were mixed. */
  let mixed: number[];
  /** Somebody came to wait for these while they were being mixed. */
  let hurried: number[];
  /** Until it opens, nothing that was begun is finished. */
  let gate: PromiseWithResolvers<void> | null;
  /** What was noted of the clip. */
  let incomplete: boolean[];
  let isComplete: boolean;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-chunks-'));
    await mkdir(join(directory, 'mix'));
    clip = clipOf(3);
    mixed = [];
    hurried = [];
    gate = null;
    incomplete = [];
    isComplete = true;
  });
  // Chunks that were mixed ahead may still be being written.
  afterEach(() => rm(directory, { recursive: true, maxRetries: 10, retryDelay: 20 }));

  /** Returns a clip of so many chunks. */
  function clipOf(chunks: number): PinnedClip {
    const parts = Array.from({ length: chunks }, (_, chunk) => ({
      ...{ path: join(directory, chunkName(chunk)), offset: 0, length: CHUNK_BYTES },
    }));
    const recipe = { id: randomUUID(), packetCount: chunks * MIX_CHUNK_PACKETS, sections: [] };
    return {
      ...{ clipId: randomUUID(), directory, head: Buffer.from('head'), parts, recipe },
      sizeBytes: 4 + chunks * CHUNK_BYTES,
    };
  }

  /** Starts a server whose thread makes chunks of a letter each. */
  const start = () =>
    createMixedChunks({
      thread: {
        async mix(_recipe, chunk) {
          mixed.push(chunk);
          await gate?.promise;
          return { packets: Buffer.alloc(CHUNK_BYTES, 65 + chunk), isComplete };
        },
        hurry: (_recipe, chunk) => void hurried.push(chunk),
      },
      onIncomplete: async (_clipId, isIncomplete) => void incomplete.push(isIncomplete),
      log: createLog({ level: 'silent' }),
    });
  /** Two chunks that are begun together may be mixed in either order. */
  const inOrder = () => mixed.toSorted((one, other) => one - other);
  const read = (mixes: ReturnType<typeof start>, from: number, to: number) =>
    buffer(Readable.from(readLayout(clip, { start: from, end: to - 1 }, mixes.reader(clip))));
  /** Waits until so many chunks are kept, which nobody waits for, and returns their names. */
  async function kept(count: number): Promise<string[]> {
    const names = async () =>
      (await readdir(join(directory, 'mix'))).filter((name) => /^\d-[\da-f-]{36}$/.test(name));
    await expect.poll(names).toHaveLength(count);
    return (await names()).toSorted();
  }
  const whole = () =>
    Buffer.concat([clip.head, ...[0, 1, 2].map((chunk) => Buffer.alloc(CHUNK_BYTES, 65 + chunk))]);

  it('is mixed where it is read first, and two chunks ahead', async () => {
    clip = clipOf(9);
    const bytes = await read(start(), 4 + CHUNK_BYTES + 10, 4 + CHUNK_BYTES + 20);
    expect(bytes.toString()).toBe('BBBBBBBBBB');
    await expect.poll(inOrder).toEqual([1, 2, 3]);
  });

  it('is mixed two chunks at a time while somebody who has begun to read waits, and later one at a time', async () => {
    clip = clipOf(12);
    const mixes = start();
    const readMade = mixes.reader(clip);
    const chunk = (index: number) => readMade(join(directory, chunkName(index)));
    gate = Promise.withResolvers();
    const first = chunk(2);
    await expect.poll(inOrder).toEqual([2, 3]);
    gate.resolve();
    await first;
    await expect.poll(inOrder).toEqual([2, 3, 4]);
    // Nobody waits for what is mixed already.
    await chunk(3);
    await chunk(4);
    await expect.poll(inOrder).toEqual([2, 3, 4, 5]);
    gate = Promise.withResolvers();
    const later = chunk(9);
    await expect.poll(inOrder).toEqual([2, 3, 4, 5, 9]);
    gate.resolve();
    await later;
    await expect.poll(inOrder).toEqual([2, 3, 4, 5, 9, 10]);
  });

  it('is mixed at once where somebody begins to wait for what was mixed ahead', async () => {
    const mixes = start();
    gate = Promise.withResolvers();
    const readMade = mixes.reader(clip);
    const first = readMade(join(directory, chunkName(1)));
    await expect.poll(inOrder).toEqual([1, 2]);
    expect(hurried).toEqual([]);
    const second = readMade(join(directory, chunkName(2)));
    expect(hurried).toEqual([2]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(mixed.filter((chunk) => chunk === 2)).toHaveLength(1);
  });

  it('is mixed one chunk at a time from its beginning on, where a player has to start meanwhile', async () => {
    const readMade = start().reader(clip);
    gate = Promise.withResolvers();
    const first = readMade(join(directory, chunkName(0)));
    await expect.poll(inOrder).toEqual([0]);
    gate.resolve();
    await first;
    await expect.poll(inOrder).toEqual([0, 1]);
    await readMade(join(directory, chunkName(1)));
    await expect.poll(inOrder).toEqual([0, 1, 2]);
  });

  it('begins to be mixed while it is pinned, and is kept when it is', async () => {
    await rm(join(directory, 'mix'), { recursive: true });
    const mixes = start();
    const pinning = Promise.withResolvers<void>();
    if (clip.recipe === null) throw new Error('it is mixed');
    mixes.begin({ ...clip, recipe: clip.recipe, pinning: pinning.promise });
    await expect.poll(inOrder).toEqual([0]);
    await mkdir(join(directory, 'mix'));
    pinning.resolve();
    expect(await kept(1)).toEqual([expect.stringMatching(/^0-/)]);
    expect((await read(mixes, 4, 14)).toString()).toBe('AAAAAAAAAA');
    await expect.poll(inOrder).toEqual([0, 1]);
  });

  it('is mixed once for all who watch, on all servers', async () => {
    const mixes = start();
    const together = await Promise.all([1, 2, 3].map(() => read(mixes, 0, clip.sizeBytes)));
    for (const bytes of together) expect(bytes.equals(whole())).toBe(true);
    await kept(3);
    expect((await read(start(), 0, clip.sizeBytes)).equals(whole())).toBe(true);
    expect(inOrder()).toEqual([0, 1, 2]);
  });

  it('is there as files when the file of the clip is written', async () => {
    const mixes = start();
    const written = await mixes.finish(clip, signal);
    const bytes = await buffer(Readable.from(readLayout(written, { start: 0, end: clip.sizeBytes - 1 })));
    expect(bytes.equals(whole())).toBe(true);
  });

  it('is mixed again for the file of the clip where a power cut left a part of a chunk', async () => {
    const mixes = start();
    await read(mixes, 0, clip.sizeBytes);
    const [first = ''] = await kept(3);
    await truncate(join(directory, 'mix', first), 10);
    const written = await mixes.finish(clip, signal);
    const bytes = await buffer(Readable.from(readLayout(written, { start: 0, end: clip.sizeBytes - 1 })));
    expect(bytes.equals(whole())).toBe(true);
  });

  it('is served although nothing can be kept, but the file has to wait', async () => {
    await rm(join(directory, 'mix'), { recursive: true });
    const mixes = start();
    expect((await read(mixes, 0, clip.sizeBytes)).equals(whole())).toBe(true);
    await expect(mixes.finish(clip, signal)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('that could not be mixed is served as it is and noted, and tried again for the file', async () => {
    isComplete = false;
    const mixes = start();
    await read(mixes, 0, clip.sizeBytes);
    expect(incomplete).toEqual([true, true, true]);
    expect(await readdir(join(directory, 'mix'))).toEqual([]);
    isComplete = true;
    await mixes.finish(clip, signal);
    expect(inOrder()).toEqual([0, 0, 1, 1, 2, 2]);
    expect(incomplete.at(-1)).toBe(false);
  });

  it('that can’t be mixed at all is written as it was served', async () => {
    isComplete = false;
    const mixes = start();
    await mixes.finish(clip, signal);
    expect(incomplete).toEqual([true, true, true]);
    expect(await readdir(join(directory, 'mix'))).toHaveLength(3);
  });
});
