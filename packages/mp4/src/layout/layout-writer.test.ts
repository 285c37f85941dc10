import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeLayout } from './layout-writer.ts';
import type { PayloadPart } from '../tables/payload.ts';
import type { LayoutBytes } from './layout-reader.ts';

describe('writing a layout', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-copy-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function source(name: string, bytes: Buffer): Promise<string> {
    const path = join(directory, name);
    await writeFile(path, bytes);
    return path;
  }

  function layout(...parts: PayloadPart[]): LayoutBytes {
    return { head: Buffer.from('head'), parts };
  }

  const untilDone = { signal: new AbortController().signal };

  it('writes header and parts one after the other and returns the checksum', async () => {
    const a = Buffer.alloc(40 * 1024 * 1024, 'abc');
    const b = Buffer.alloc(3_000_001, 'xyz');
    const [pathA, pathB] = [await source('a', a), await source('b', b)];
    const path = join(directory, 'whole');
    const checksum = await writeLayout(
      layout(
        { path: pathA, offset: 5, length: a.length - 10 },
        { bytes: Buffer.from('between') },
        { path: pathB, offset: 0, length: b.length },
        { path: pathA, offset: 0, length: 5 },
      ),
      path,
      untilDone,
    );
    const expected = Buffer.concat([
      Buffer.from('head'),
      a.subarray(5, -5),
      Buffer.from('between'),
      b,
      a.subarray(0, 5),
    ]);
    expect((await readFile(path)).equals(expected)).toBe(true);
    expect(checksum).toBe(createHash('sha256').update(expected).digest('hex'));
  });

  it('keeps to the given rate', async () => {
    const path = await source('paced', Buffer.alloc(6 * 1024 * 1024));
    const asked = layout({ path, offset: 0, length: 6 * 1024 * 1024 });
    const startedAt = performance.now();
    await writeLayout(asked, join(directory, 'paced-copy'), {
      ...untilDone,
      maxBytesPerSecond: 12 * 1024 * 1024,
    });
    expect(performance.now() - startedAt).toBeGreaterThan(450);
  });

  it('fails when a file is shorter than it was', async () => {
    const path = await source('short', Buffer.alloc(10));
    const asked = layout({ path, offset: 0, length: 11 });
    await expect(writeLayout(asked, join(directory, 'never'), untilDone)).rejects.toThrow('shorter');
  });

  it('fails when a file is gone, with the file system’s error', async () => {
    const asked = layout({ path: join(directory, 'gone'), offset: 0, length: 1 });
    await expect(writeLayout(asked, join(directory, 'never2'), untilDone)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('never overwrites a file', async () => {
    const path = await source('there', Buffer.from('mine'));
    await expect(writeLayout(layout(), path, untilDone)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('mine');
  });

  it('stops at once when it is aborted', async () => {
    const path = await source('large', Buffer.alloc(64 * 1024 * 1024));
    const stop = new AbortController();
    const parts = Array.from({ length: 40 }, () => ({ path, offset: 0, length: 64 * 1024 * 1024 }));
    const target = join(directory, 'aborted');
    const ended = writeLayout(layout(...parts), target, { signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    await expect.poll(() => stat(target).then(({ size }) => size)).toBeGreaterThan(0);
    stop.abort();
    expect(await ended).toMatchObject({ name: 'AbortError' });
    expect((await stat(target)).size).toBeLessThan(parts.length * 64 * 1024 * 1024);
  });
});
