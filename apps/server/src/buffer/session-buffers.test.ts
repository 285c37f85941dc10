import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { segmentIndexBox } from '@hindsight/mp4/fragments/segment-index-box';
import { SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mp4Box, segmentName, writeFixtureSession } from './testing/buffer-fixture.ts';
import { segmentPathOf } from './buffer-paths.ts';
import { createSessionBuffers, type SessionBuffers } from './session-buffers.ts';

const T0 = Date.parse('2026-11-21T10:00:00Z');

let bufferDir: string;
let buffers: SessionBuffers;
let session: { id: string; segmentPath: string };
let directory: string;

beforeEach(async () => {
  bufferDir = await mkdtemp(join(tmpdir(), 'hindsight-buffers-'));
  buffers = createSessionBuffers({ bufferDir });
  const id = randomUUID();
  session = { id, segmentPath: segmentPathOf({ roomName: randomUUID(), userId: randomUUID(), id }) };
  directory = join(bufferDir, session.segmentPath);
});
afterEach(() => rm(bufferDir, { recursive: true }));

const names = async () => (await buffers.read(session)).map(({ path }) => path.slice(directory.length + 1));

describe('a session on disk', () => {
  it('is read as its pieces, complete and in order', async () => {
    const written = await writeFixtureSession({ directory, startMs: T0, segments: 3 });
    const pieces = await buffers.read(session);
    expect(await names()).toEqual(written);
    expect(pieces[2]).toMatchObject({ sizeBytes: 1000, fromMs: T0 + 8000, toMs: T0 + 12_000 });
    expect(new Set(pieces.map(({ codecKey }) => codecKey)).size).toBe(1);
  });

  it('has no pieces before its directory or playlist exists', async () => {
    expect(await buffers.read(session)).toEqual([]);
    await mkdir(directory, { recursive: true });
    expect(await buffers.read(session)).toEqual([]);
  });

  it('shows segments as they are added, and no longer those that were deleted', async () => {
    await writeFixtureSession({ directory, startMs: T0, segments: 2 });
    expect(await names()).toHaveLength(2);
    await writeFixtureSession({ directory, startMs: T0, segments: 4 });
    expect(await names()).toHaveLength(4);
    await unlink(join(directory, segmentName(0)));
    expect(await names()).toEqual([1, 2, 3].map(segmentName));
  });

  it.each([
    ['cut off in its media', 700],
    ['cut off in a box header', 104],
    ['empty', 0],
  ])('leaves out a segment that is %s', async (_, sizeBytes) => {
    await writeFixtureSession({ directory, startMs: T0, segments: 3 });
    await truncate(join(directory, segmentName(1)), sizeBytes);
    expect(await names()).toEqual([segmentName(0), segmentName(2)]);
  });

  it('accepts a closed segment by the index at its end, and leaves it out when the index is cut off', async () => {
    await writeFixtureSession({ directory, startMs: T0, segments: 3 });
    // Only the end of a segment is read, so the bytes before it needn't be media.
    const closed = Buffer.concat([Buffer.alloc(1000, 1), segmentIndexBox([])]);
    await writeFile(join(directory, segmentName(1)), closed);
    await writeFile(join(directory, segmentName(2)), closed.subarray(0, -1));
    expect(await names()).toEqual([segmentName(0), segmentName(1)]);
  });

  it('leaves out MPEG-TS that ends inside a packet', async () => {
    await mkdir(directory, { recursive: true });
    const head = '#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00Z\n';
    await writeFile(join(directory, 'full.m3u8'), `${head}#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n`);
    await writeFile(join(directory, 'a.ts'), Buffer.alloc(188 * 5));
    await writeFile(join(directory, 'b.ts'), Buffer.alloc(188 * 5 - 1));
    expect(await names()).toEqual(['a.ts']);
  });

  it('counts the complete bytes of an open segment, again as it grows', async () => {
    await writeFixtureSession({ directory, startMs: T0, segments: 1 });
    const open = (completeBytes: number, seconds: number) =>
      `#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:04Z\n#EXTINF:${seconds},\n#EXT-X-BYTERANGE:${completeBytes}@0\nopen.m4s\n`;
    await writeFile(join(directory, 'open.m4s'), Buffer.concat([mp4Box('moof', 100), Buffer.alloc(50)]));
    await appendFile(join(directory, 'full.m3u8'), open(100, 1));
    expect((await buffers.read(session)).at(-1)).toMatchObject({ sizeBytes: 100, toMs: T0 + 5000 });

    await writeFixtureSession({ directory, startMs: T0, segments: 1 });
    await writeFile(join(directory, 'open.m4s'), mp4Box('moof', 300));
    await appendFile(join(directory, 'full.m3u8'), open(300, 2));
    expect((await buffers.read(session)).at(-1)).toMatchObject({ sizeBytes: 300, toMs: T0 + 6000 });
  });

  it('is read to its end, as far back as a press needs it and half a minute more', async () => {
    await writeFixtureSession({ directory, startMs: T0, segments: 40 });
    const recent = { ms: 60 * SECOND, beforeMs: T0 + 200 * SECOND };
    expect((await buffers.read(session, recent))[0]).toMatchObject({ fromMs: T0 + 68 * SECOND });
    const earlier = { ...recent, beforeMs: T0 + 120 * SECOND };
    const pieces = await buffers.read(session, earlier);
    expect([pieces[0]?.fromMs, pieces.at(-1)?.toMs]).toEqual([T0 + 28 * SECOND, T0 + 160 * SECOND]);
  });

  it('is read further back when its end is not whole', async () => {
    await writeFixtureSession({ directory, startMs: T0, segments: 40 });
    for (let index = 30; index < 40; index++) await truncate(join(directory, segmentName(index)), 104);
    const pieces = await buffers.read(session, { ms: 20 * SECOND, beforeMs: T0 + 200 * SECOND });
    expect([pieces[0]?.fromMs, pieces.at(-1)?.toMs]).toEqual([T0, T0 + 120 * SECOND]);
  });

  it('keeps what is known of the rest while only its end is read', async () => {
    const written = await writeFixtureSession({ directory, startMs: T0, segments: 40 });
    expect(await names()).toEqual(written);
    await buffers.read(session, { ms: 20 * SECOND, beforeMs: T0 + 200 * SECOND });
    // A closed segment is looked at once, so nobody notices what is done to it.
    await truncate(join(directory, segmentName(0)), 104);
    expect(await names()).toEqual(written);
  });

  it('never reads outside its own directory', async () => {
    await writeFixtureSession({ directory, startMs: T0, segments: 1 });
    await writeFile(join(bufferDir, 'secret.m4s'), mp4Box('mdat', 100));
    await appendFile(join(directory, 'full.m3u8'), '#EXTINF:4,\n../../../secret.m4s\n');
    expect(await names()).toEqual([segmentName(0)]);
  });

  it('is refused for a path that is no buffer of ours', async () => {
    await symlink('/etc', join(bufferDir, 'link'));
    for (const segmentPath of ['../..', '/etc', 'link', '', 'a/b/c', `${session.segmentPath}/..`])
      await expect(buffers.read({ id: session.id, segmentPath })).rejects.toThrow(RangeError);
  });
});
