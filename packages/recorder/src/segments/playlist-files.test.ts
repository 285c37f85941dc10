import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closePlaylist, PlaylistFiles } from './playlist-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'playlist-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const text = (name: string) => readFileSync(join(directory, name), 'utf8');
const listed = (name: string) => text(name).match(/^seg_.*$/gm) ?? [];

function add(playlists: PlaylistFiles, index: number, isDiscontinuity = false): void {
  const file = `seg_${index}`;
  writeFileSync(join(directory, file), '');
  playlists.add({
    file,
    initFile: 'init_0.mp4',
    fromMs: index * 4000,
    toMs: index * 4000 + 4000,
    isDiscontinuity,
  });
}

describe('PlaylistFiles', () => {
  it('lists everything in full.m3u8 and the newest five in live.m3u8', () => {
    const playlists = new PlaylistFiles(directory);
    for (let i = 0; i < 7; i++) add(playlists, i, i === 1);
    playlists.publish(undefined);
    expect(listed('full.m3u8')).toHaveLength(7);
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

  it('shows the open segment in full.m3u8 only, until it is closed', () => {
    const playlists = new PlaylistFiles(directory);
    add(playlists, 0);
    const open = { file: 'seg_1', initFile: 'init_0.mp4', fromMs: 4000, toMs: 5000, isDiscontinuity: false };
    playlists.publish({ ...open, completeBytes: 99 });
    expect(listed('full.m3u8')).toEqual(['seg_0', 'seg_1']);
    expect(text('full.m3u8')).toContain('#EXT-X-BYTERANGE:99@0\nseg_1\n');
    expect(listed('live.m3u8')).toEqual(['seg_0']);
    add(playlists, 1);
    playlists.finish();
    expect(text('full.m3u8')).not.toContain('BYTERANGE');
    expect(text('full.m3u8')).toMatch(/#EXT-X-ENDLIST\n$/);
    expect(text('live.m3u8')).toMatch(/#EXT-X-ENDLIST\n$/);
    expect(readdirSync(directory).toSorted()).toEqual(['full.m3u8', 'live.m3u8', 'seg_0', 'seg_1']);
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

  it('leaves a directory without a playlist as it is', () => {
    closePlaylist(directory);
    closePlaylist(join(directory, 'missing'));
    expect(readdirSync(directory)).toEqual([]);
  });
});
