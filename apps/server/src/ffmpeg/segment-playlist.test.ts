import { describe, expect, it } from 'vitest';
import { concatScript, vodPlaylist } from './segment-playlist.ts';
import { pieces } from '../buffer/testing/pieces.ts';

describe('playlist of the chosen pieces', () => {
  it('lists each file with its absolute path and complete bytes, after its init segment', () => {
    const [first, second] = pieces('a', 0, 2);
    if (first === undefined || second === undefined) throw new Error('there are two');
    const other = { ...second, initPath: '/buffer/a/init_1.mp4', toMs: second.fromMs + 1500, sizeBytes: 77 };
    expect(vodPlaylist([first, other]).split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXT-X-TARGETDURATION:4',
      '#EXT-X-MAP:URI="/buffer/a/init_0.mp4"',
      '#EXTINF:4.000000,',
      '#EXT-X-BYTERANGE:1000000@0',
      '/buffer/a/seg_0.m4s',
      '#EXT-X-MAP:URI="/buffer/a/init_1.mp4"',
      '#EXTINF:1.500000,',
      '#EXT-X-BYTERANGE:77@0',
      '/buffer/a/seg_1.m4s',
      '#EXT-X-ENDLIST',
      '',
    ]);
  });

  it('needs no init segment for MPEG-TS', () => {
    expect(vodPlaylist(pieces('a', 0, 1, { initPath: null }))).not.toContain('EXT-X-MAP');
  });
});

describe('concat script', () => {
  it('quotes names and says where the next file starts', () => {
    expect(
      concatScript([{ path: "/it's/run-0.m3u8", durationSeconds: 12.0333333, untilSeconds: null }]),
    ).toBe(`ffconcat version 1.0\nfile '/it'\\''s/run-0.m3u8'\nduration 12.033333\n`);
  });
});
