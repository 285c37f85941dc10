import { expect, it } from 'vitest';
import { pieces } from '../buffer/testing/pieces.ts';
import { previewPlaylist } from './preview-playlist.ts';

it('lists pieces that have to be converted by their conversions, each with its own init segment', () => {
  const vp8 = pieces('a', 0, 2, { codecKey: 'vp8', sizeBytes: 700 });
  const h264 = pieces('b', 8000, 2);
  const playlist = previewPlaylist([...vp8, ...h264], new Set(['/buffer/a/init_0.mp4']));
  expect(playlist.match(/^(#EXT-X-(MAP|DISC|BYTE).*|[^#].*)$/gm)).toEqual([
    '#EXT-X-MAP:URI="a/seg_0.m4s/h264/700/init.mp4"',
    'a/seg_0.m4s/h264/700/media.m4s',
    '#EXT-X-MAP:URI="a/seg_1.m4s/h264/700/init.mp4"',
    'a/seg_1.m4s/h264/700/media.m4s',
    '#EXT-X-DISCONTINUITY',
    '#EXT-X-MAP:URI="b/init_0.mp4"',
    'b/seg_0.m4s',
    '#EXT-X-BYTERANGE:1000000@0',
    'b/seg_1.m4s',
  ]);
});
