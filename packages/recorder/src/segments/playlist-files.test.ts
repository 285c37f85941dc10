import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closePlaylist, PlaylistFiles } from './playlist-files.ts';
import { parsePlaylist } from './playlist-reader.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playlist-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const text = (name: string) => readFileSync(join(directory, name), 'utf8');
const listed = (name: string) => text(name).match(/^seg_.*$/gm) ?? [];
const readable = (playlist = text('full.m3u8')) =>
  parsePlaylist(playlist).map(({ uri, completeBytes }) => [uri, completeBytes]);
const entryOf = (index: number, isDiscontinuity = false) => ({
  file: `seg_${index}`,
  initFile: 'init_0.mp4',
  fromMs: index * 4000,
  toMs: index * 4000 + 4000,
  isDiscontinuity,
});

function add(playlists: PlaylistFiles, index: number, isDiscontinuity = false): void {
  writeFileSync(join(directory, `seg_${index}`), '');
  playlists.add(entryOf(index, isDiscontinuity));
}

describe('PlaylistFiles', () => {
  it('lists everything in full.m3u8 and the newest five in live.m3u8', () => {
    const playlists = new PlaylistFiles(directory);
    for (let i = 0; i < 7; i++) add(playlists, i, i === 1);
    playlists.publishForPlayers({ ...entryOf(7), completeBytes: 99 });
    expect(listed('full.m3u8')).toHaveLength(8);
    expect(listed('live.m3u8')).toEqual(['seg_2', 'seg_3', 'seg_4', 'seg_5', 'seg_6']);
    expect(text('live.m3u8')).toContain('#EXT-X-MEDIA-SEQUENCE:2\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n');
    expect(text('live.m3u8')).toContain('#EXT-X-MAP');
  });

  it('drops segments whose files were deleted, oldest first', () => {
    const playlists = new PlaylistFiles(directory);
    for (let i = 0; i < 4; i++) add(playlists, i, i === 1);
    for (const gone of [0, 1, 3]) rmSync(join(directory, `seg_${gone}`));
    add(playlists, 4);
    playlists.publish(undefined);
    expect(listed('full.m3u8')).toEqual(['seg_2', 'seg_3', 'seg_4']);
    expect(text('full.m3u8')).toContain('#EXT-X-MEDIA-SEQUENCE:2\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n');
  });

  it('tells of the open segment in full.m3u8 only, until it is closed', () => {
    const playlists = new PlaylistFiles(directory);
    add(playlists, 0);
    for (const completeBytes of [99, 300]) {
      playlists.publish({ ...entryOf(1), completeBytes });
      expect(readable()).toEqual([
        ['seg_0', null],
        ['seg_1', completeBytes],
      ]);
    }
    add(playlists, 1);
    playlists.publish(undefined);
    expect(readable()).toEqual([
      ['seg_0', null],
      ['seg_1', null],
    ]);
    playlists.finish();
    expect(text('full.m3u8')).not.toMatch(/BYTERANGE|OPEN/);
    expect(text('full.m3u8')).toMatch(/#EXT-X-ENDLIST\n$/);
    expect(text('live.m3u8')).toMatch(/#EXT-X-ENDLIST\n$/);
    expect(readdirSync(directory).toSorted()).toEqual(['full.m3u8', 'live.m3u8', 'seg_0', 'seg_1']);
  });

  it('lists the open segment as players want it when it is asked for, and goes on after that', () => {
    const playlists = new PlaylistFiles(directory);
    add(playlists, 0);
    playlists.publishForPlayers({ ...entryOf(1), completeBytes: 99 });
    expect(text('full.m3u8')).toContain('#EXT-X-BYTERANGE:99@0\nseg_1\n');
    expect(listed('live.m3u8')).toEqual(['seg_0']);
    playlists.publish({ ...entryOf(1), completeBytes: 300 });
    expect(readable()).toEqual([
      ['seg_0', null],
      ['seg_1', 300],
    ]);
    add(playlists, 1);
    playlists.publish({ ...entryOf(2), completeBytes: 7 });
    expect(readable()).toEqual([
      ['seg_0', null],
      ['seg_1', null],
      ['seg_2', 7],
    ]);
  });

  it('replaces full.m3u8 now and then, and appends to it in between', () => {
    const playlists = new PlaylistFiles(directory);
    const inodes = new Set<number>();
    let longest = 0;
    for (let i = 0; i < 300; i++) {
      if (i >= 20) rmSync(join(directory, `seg_${i - 20}`));
      add(playlists, i);
      for (const completeBytes of [1, 2, 3, 4, 5]) playlists.publish({ ...entryOf(i + 1), completeBytes });
      inodes.add(statSync(join(directory, 'full.m3u8')).ino);
      longest = Math.max(longest, text('full.m3u8').length);
      const present = readable().filter(([uri]) => Number(String(uri).slice(4)) > i - 20);
      expect(present).toHaveLength(Math.min(i, 19) + 2);
    }
    expect(inodes.size).toBeLessThan(15);
    expect(longest).toBeLessThan(45_000);
  });

  it('may be read while it is appended to: nothing that was said before is missing', () => {
    const playlists = new PlaylistFiles(directory);
    const steps = [
      () => playlists.publish({ ...entryOf(1), completeBytes: 99 }),
      () => playlists.publish({ ...entryOf(1), completeBytes: 12_345 }),
      () => {
        add(playlists, 1);
        playlists.publish(undefined);
      },
      () => playlists.publish({ ...entryOf(2, true), completeBytes: 5 }),
      () => {
        add(playlists, 2, true);
        playlists.publish({ ...entryOf(3), completeBytes: 8 });
      },
    ];
    add(playlists, 0);
    playlists.publish(undefined);
    const written = (playlist: string) => readable(playlist).filter(([uri]) => /^seg_\d$/.test(String(uri)));
    for (const step of steps) {
      const before = text('full.m3u8');
      step();
      const after = text('full.m3u8');
      expect(after.startsWith(before)).toBe(true);
      for (let length = before.length; length <= after.length; length++) {
        const entries = written(after.slice(0, length));
        const told = new Map(entries.map(([uri, bytes]) => [uri, bytes ?? Infinity]));
        expect(told.size).toBe(entries.length);
        for (const [uri, bytes] of written(before))
          expect(told.get(uri)).toBeGreaterThanOrEqual(Number(bytes ?? Infinity));
      }
    }
  });
});

describe('closePlaylist', () => {
  it('finalises the playlist of a dead recorder once', () => {
    const playlists = new PlaylistFiles(directory);
    add(playlists, 0);
    playlists.publish(undefined);
    closePlaylist(directory);
    closePlaylist(directory);
    expect(text('full.m3u8').match(/ENDLIST/g)).toHaveLength(1);
  });

  it.each([0, 40])(
    'lists what the dead recorder last said of its open segment, with %i characters lost',
    (lost) => {
      const playlists = new PlaylistFiles(directory);
      add(playlists, 0);
      playlists.publish({ ...entryOf(1), completeBytes: 99 });
      playlists.publish({ ...entryOf(1), completeBytes: 300 });
      truncateSync(join(directory, 'full.m3u8'), text('full.m3u8').length - lost);
      closePlaylist(directory);
      expect(readable()).toEqual([
        ['seg_0', null],
        ['seg_1', lost === 0 ? 300 : 99],
      ]);
      expect(listed('full.m3u8')).toEqual(['seg_0', 'seg_1']);
      expect(text('full.m3u8')).toMatch(/#EXT-X-ENDLIST\n$/);
    },
  );

  it('leaves a directory without a playlist as it is', () => {
    closePlaylist(directory);
    closePlaylist(join(directory, 'missing'));
    expect(readdirSync(directory)).toEqual([]);
  });
});
