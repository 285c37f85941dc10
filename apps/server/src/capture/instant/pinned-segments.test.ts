import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loneServer } from '../../cluster/testing/lone-server.ts';
import { createLocalStorage } from '../../storage/local-storage.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { clipPosterKey, clipVideoKey } from '../../storage/storage-key.ts';
import type { PlannedLayout } from '../plan/mixed-layout.ts';
import { createLog } from '../../log.ts';
import { startMixThreads } from '../mix/mix-threads.ts';
import { createMixedChunks } from './mixed-chunks.ts';
import { createClipObjects, type ClipObjects } from './clip-objects.ts';
import { createPinnedSegments, layoutEtag, type PinnedSegments } from './pinned-segments.ts';

const CLIP = { userId: '01a1fdab-921c-76fd-8ef9-1fd7870b959a', id: '01a1fdab-e377-741a-ab65-cb88854188a8' };
const KEY = clipVideoKey(CLIP);
const PIECE_BYTES = 400_000;
const isOurs = async () => true;

describe('pinned segments', () => {
  let root: string;
  let bufferDir: string;
  let pinned: PinnedSegments;
  let storage: ObjectStorage;
  let objects: ClipObjects;
  let layout: PlannedLayout;
  let whole: Buffer;
  let pieces: string[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'hindsight-held-'));
    bufferDir = join(root, 'replay-buffer');
    await mkdir(join(bufferDir, 'session'), { recursive: true });
    pinned = createPinnedSegments({ bufferDir });
    storage = createLocalStorage({ root: join(root, 'files'), servers: loneServer() });
    await storage.open();
    const log = createLog({ level: 'silent' });
    const thread = startMixThreads({ log });
    const mixes = createMixedChunks({ thread, onIncomplete: async () => undefined, log });
    objects = createClipObjects({ storage, pinned, mixes });
    pieces = [0, 1, 2].map((index) => join(bufferDir, 'session', `seg_${index}.m4s`));
    for (const [index, path] of pieces.entries())
      await writeFile(path, Buffer.alloc(PIECE_BYTES, 65 + index));
    const silence = Buffer.from('silence');
    const range = (index: number) => ({ path: pieces[index] ?? '', offset: 10, length: PIECE_BYTES - 10 });
    layout = {
      head: Buffer.from('head'),
      parts: [range(0), { bytes: silence }, range(1), range(2)],
      sizeBytes: 4 + silence.length + 3 * (PIECE_BYTES - 10),
      durationSeconds: 1,
      recipe: null,
    };
    const media = (letter: string) => Buffer.alloc(PIECE_BYTES - 10, letter);
    whole = Buffer.concat([layout.head, media('A'), silence, media('B'), media('C')]);
  });
  afterEach(() => rm(root, { recursive: true }));

  const read = async (start = 0, end = whole.length - 1) => buffer(await objects.read(KEY, { start, end }));

  /** Writes the file as the file writer does. */
  async function writeFileOfClip(): Promise<void> {
    const directory = await storage.makeTempDir();
    await writeFile(join(directory, 'clip.mp4'), whole);
    await storage.commit(join(directory, 'clip.mp4'), KEY);
    await pinned.release(CLIP.id);
  }

  it('outlive the buffer, and take no additional space', async () => {
    const before = await stat(pieces[0] ?? '');
    await pinned.pin(CLIP.id, layout, isOurs);
    expect((await stat(pieces[0] ?? '')).nlink).toBe(before.nlink + 1);
    // The last piece is open, and grows.
    await appendFile(pieces[2] ?? '', 'more');
    for (const path of pieces) await unlink(path);
    expect((await read()).equals(whole)).toBe(true);
    expect((await pinned.open(CLIP.id))?.sizeBytes).toBe(whole.length);
  });

  it('are available to another process, but not those of an interrupted attempt', async () => {
    await pinned.pin(CLIP.id, layout, isOurs);
    const later = createPinnedSegments({ bufferDir });
    expect(await later.clipIds()).toEqual([CLIP.id]);
    expect((await later.open(CLIP.id))?.head.toString()).toBe('head');
    await unlink(join(bufferDir, 'held', CLIP.id, 'parts.json'));
    expect(await later.open(CLIP.id)).toBeNull();
    await later.release(CLIP.id);
    expect(await later.clipIds()).toEqual([]);
  });

  it('are those that were pinned last, also by another server', async () => {
    const other = createPinnedSegments({ bufferDir });
    await pinned.pin(CLIP.id, layout, isOurs);
    expect((await pinned.open(CLIP.id))?.head.toString()).toBe('head');
    await other.pin(CLIP.id, { ...layout, head: Buffer.from('HEAD') }, isOurs);
    expect((await pinned.open(CLIP.id))?.head.toString()).toBe('HEAD');
    await other.release(CLIP.id);
    expect(await pinned.open(CLIP.id)).toBeNull();
  });

  it('are not read again for each requested range', async () => {
    await pinned.pin(CLIP.id, layout, isOurs);
    const later = createPinnedSegments({ bufferDir });
    for (const one of [pinned, later]) expect(await one.open(CLIP.id)).toBe(await one.open(CLIP.id));
    expect(await later.open(CLIP.id)).toEqual(await pinned.open(CLIP.id));
  });

  it('are refused when a piece is gone, with the file system’s error', async () => {
    await unlink(pieces[1] ?? '');
    await expect(pinned.pin(CLIP.id, layout, isOurs)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await pinned.open(CLIP.id)).toBeNull();
  });

  it('leave what another server has pinned, which has claimed the clip meanwhile', async () => {
    const other = { ...layout, head: Buffer.from('HEAD') };
    const isPinned = pinned.pin(CLIP.id, other, async () => {
      await pinned.pin(CLIP.id, layout, isOurs);
      return false;
    });
    expect(await isPinned).toBeNull();
    expect((await read()).equals(whole)).toBe(true);
    expect(await readdir(join(bufferDir, 'held'))).toEqual([CLIP.id]);
  });

  it('replace what an earlier attempt pinned, and leave nothing of an interrupted one', async () => {
    await pinned.pin(CLIP.id, { ...layout, head: Buffer.from('HEAD') }, isOurs);
    await mkdir(join(bufferDir, 'held', `${CLIP.id}.${randomUUID()}`));
    await pinned.pin(CLIP.id, layout, isOurs);
    expect((await read()).equals(whole)).toBe(true);
    expect(await pinned.clipIds()).toEqual([CLIP.id]);
    await pinned.release(CLIP.id);
    expect(await readdir(join(bufferDir, 'held'))).toEqual([]);
  });

  it('take no name that is not a clip’s id', async () => {
    await expect(pinned.open('../session')).rejects.toThrow('UUID');
    await expect(pinned.release('..')).rejects.toThrow('UUID');
    expect(await readdir(join(bufferDir, 'session'))).toHaveLength(3);
  });

  it('have the same entity tag only for the same bytes of the same pieces', () => {
    const etag = layoutEtag(layout);
    expect(layoutEtag({ ...layout })).toBe(etag);
    expect(layoutEtag({ ...layout, head: Buffer.from('Head') })).not.toBe(etag);
    expect(layoutEtag({ ...layout, parts: layout.parts.toReversed() })).not.toBe(etag);
    const other = pieces.map((path) => path.replace('session', randomUUID()));
    const moved = layout.parts.map((part) =>
      'path' in part ? { ...part, path: other[pieces.indexOf(part.path)] ?? '' } : part,
    );
    expect(layoutEtag({ ...layout, parts: moved })).not.toBe(etag);
  });

  describe('of a clip whose file is written meanwhile', () => {
    beforeEach(() => pinned.pin(CLIP.id, layout, isOurs));

    it('are replaced by the file in the middle of an answer', async () => {
      const stream = await objects.read(KEY, { start: 1, end: whole.length - 2 });
      const blocks: Buffer[] = [];
      for await (const block of stream) {
        blocks.push(block as Buffer);
        if (blocks.length === 1) await writeFileOfClip();
      }
      expect(blocks.length).toBeGreaterThan(2);
      expect(Buffer.concat(blocks).equals(whole.subarray(1, -1))).toBe(true);
    });

    it('and the file are one, whenever they are read', async () => {
      const answers = Array.from({ length: 40 }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, index));
        const start = index * 20_000;
        return (await read(start)).equals(whole.subarray(start));
      });
      await writeFileOfClip();
      expect(await Promise.all(answers)).toEqual(answers.map(() => true));
    });

    it('end an answer when both are gone', async () => {
      const stream = await objects.read(KEY, { start: 0, end: whole.length - 1 });
      await pinned.release(CLIP.id);
      await expect(buffer(stream)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(read()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  it('are only looked up for a clip’s own video', async () => {
    await pinned.pin(CLIP.id, layout, isOurs);
    await expect(objects.read(clipPosterKey(CLIP), { start: 0, end: 0 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await text(await objects.read(KEY, { start: 0, end: 3 }))).toBe('head');
  });
});
