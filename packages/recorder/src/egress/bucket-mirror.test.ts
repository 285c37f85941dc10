import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BucketMirror } from './bucket-mirror.ts';
import { EGRESS_PLAYLISTS } from './egress-request.ts';

const FOLDER = 'prefix/room/user/session';
const START_MS = Date.parse('2026-11-21T10:00:00Z');

let directory: string;
let objects: Map<string, Buffer>;
/** The keys in the order in which they were asked for. */
let asked: string[];
/** The objects whose calls fail. */
let broken: Set<string>;
let mirror: BucketMirror;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bucket-mirror-'));
  objects = new Map();
  asked = [];
  broken = new Set();
  mirror = open();
});
afterEach(() => rmSync(directory, { recursive: true }));

function open(missingMs = 60_000): BucketMirror {
  const use = (key: string) => {
    if (broken.has(key.slice(FOLDER.length + 1))) throw new Error('503');
  };
  const bucket = {
    async read(key: string) {
      asked.push(key.slice(FOLDER.length + 1));
      use(key);
      return objects.get(key) ?? null;
    },
    async remove(key: string) {
      use(key);
      objects.delete(key);
    },
    list: async (folder: string) => [...objects.keys()].filter((key) => key.startsWith(`${folder}/`)),
  };
  return new BucketMirror({ bucket, folder: FOLDER, directory, missingMs });
}

const nameOf = (index: number) => `segment_0000${index}.ts`;
const put = (name: string, content: string) => objects.set(`${FOLDER}/${name}`, Buffer.from(content));
const present = () => readdirSync(directory).toSorted();
const left = () => [...objects.keys()].map((key) => key.slice(FOLDER.length + 1)).toSorted();
const playlists = Object.values(EGRESS_PLAYLISTS).toSorted();

/** Uploads as egress does: segments, and then the playlists with all of them. */
function publish(from: number, to: number, { without = -1, end = '' } = {}): void {
  for (let index = from; index <= to; index++) if (index !== without) put(nameOf(index), `media ${index}`);
  const entries = Array.from({ length: to + 1 }, (_, index) => {
    const time = new Date(START_MS + index * 4000).toISOString();
    return `#EXT-X-PROGRAM-DATE-TIME:${time}\n#EXTINF:4.000,\n${nameOf(index)}\n`;
  });
  put(EGRESS_PLAYLISTS.full, `#EXTM3U\n${entries.join('')}${end}`);
  put(EGRESS_PLAYLISTS.live, `#EXTM3U\n${entries.slice(-5).join('')}`);
}

describe('what egress uploads', () => {
  it('arrives with its playlists and is removed from the bucket', async () => {
    await mirror.pull();
    expect(present()).toEqual([]);
    publish(0, 1);
    await mirror.pull();
    expect(present()).toEqual([...playlists, nameOf(0), nameOf(1)].toSorted());
    expect(readFileSync(join(directory, nameOf(1)), 'utf8')).toBe('media 1');
    expect(left()).toEqual(playlists);
    publish(2, 2);
    await mirror.pull();
    expect(present()).toContain(nameOf(2));
    expect(left()).toEqual(playlists);
  });

  it('is fetched once; while nothing is new, only the short playlist is read', async () => {
    publish(0, 6);
    await mirror.pull();
    asked.length = 0;
    await mirror.pull();
    expect(asked).toEqual([EGRESS_PLAYLISTS.live]);
    publish(7, 7);
    asked.length = 0;
    await mirror.pull();
    expect(asked).toEqual([EGRESS_PLAYLISTS.live, EGRESS_PLAYLISTS.full, nameOf(7)]);
  });

  it('is complete even if only the full playlist says that it has ended', async () => {
    publish(0, 1);
    await mirror.pull();
    publish(0, 1, { end: '#EXT-X-ENDLIST\n' });
    await mirror.pull(true);
    expect(readFileSync(join(directory, EGRESS_PLAYLISTS.full), 'utf8')).toMatch(/ENDLIST\n$/);
  });

  it('is not listed before all listed segments are here', async () => {
    publish(0, 2, { without: 1 });
    await mirror.pull();
    expect(present()).toEqual([nameOf(0), nameOf(2)]);
    put(nameOf(1), 'late');
    await mirror.pull();
    expect(present()).toEqual([...playlists, nameOf(0), nameOf(1), nameOf(2)].toSorted());
  });

  it('goes on without a segment that never comes', async () => {
    mirror = open(0);
    publish(0, 2, { without: 1 });
    await mirror.pull();
    expect(present()).toEqual([...playlists, nameOf(0), nameOf(2)].toSorted());
  });

  it('goes on where the bucket failed, keeping what has been fetched', async () => {
    publish(0, 2);
    broken.add(nameOf(1));
    await expect(mirror.pull()).rejects.toThrow('503');
    expect(present()).toEqual([nameOf(0)]);
    broken.clear();
    asked.length = 0;
    await mirror.pull();
    expect(asked).not.toContain(nameOf(0));
    expect(present()).toEqual([...playlists, nameOf(0), nameOf(1), nameOf(2)].toSorted());
    expect(left()).toEqual(playlists);
  });

  it('of a resumed recording is fetched only from the newest local segment on', async () => {
    publish(0, 7);
    for (const index of [0, 1, 2]) objects.delete(`${FOLDER}/${nameOf(index)}`);
    writeFileSync(join(directory, nameOf(4)), 'media 4');
    await mirror.pull();
    expect(present()).toEqual([...playlists, nameOf(4), nameOf(5), nameOf(6), nameOf(7)].toSorted());
    expect(left()).toEqual(playlists);
  });

  it('leaves nothing in the bucket when it is over', async () => {
    publish(0, 1);
    await mirror.pull();
    await mirror.clear();
    expect(left()).toEqual([]);
  });
});
