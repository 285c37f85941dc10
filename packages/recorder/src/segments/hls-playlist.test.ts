import { describe, expect, it } from 'vitest';
import { formatPlaylist, type PlaylistEntry } from './hls-playlist.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const entry = (
  file: string,
  fromMs: number,
  toMs: number,
  rest: Partial<PlaylistEntry> = {},
): PlaylistEntry => ({
  file,
  initFile: 'init_0.mp4',
  fromMs: NOON + fromMs,
  toMs: NOON + toMs,
  isDiscontinuity: false,
  ...rest,
});
const START = { mediaSequence: 0, discontinuitySequence: 0 };

describe('formatPlaylist', () => {
  it('lists segments with exact times, a new init segment after a discontinuity, and the open one as a byte range', () => {
    const entries = [
      entry('seg_000000.m4s', 0.4, 4066.7),
      entry('seg_000001.m4s', 4066.7, 8000, { isDiscontinuity: true, initFile: 'init_1.mp4' }),
      entry('seg_000002.m4s', 8000, 9500, {
        initFile: 'init_1.mp4',
        completeBytes: 1234,
        frozenSinceMs: NOON + 8200,
      }),
    ];
    expect(formatPlaylist({ mediaSequence: 7, discontinuitySequence: 2 }, entries, false)).toBe(
      `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:2
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init_0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T12:00:00.000Z
#EXTINF:4.066,
seg_000000.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init_1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T12:00:04.067Z
#EXTINF:3.933,
seg_000001.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T12:00:08.000Z
#EXTINF:1.500,
#EXT-X-FROZEN-SINCE:2026-01-01T12:00:08.200Z
#EXT-X-BYTERANGE:1234@0
seg_000002.m4s
`,
    );
  });

  it('ends with ENDLIST when it is final', () => {
    expect(formatPlaylist(START, [entry('a', 0, 4000)], true)).toMatch(/\na\n#EXT-X-ENDLIST\n$/);
  });

  it.each([
    [[], 1],
    [[4499], 4],
    [[4500], 5],
    [[4000, 12_100, 300], 12],
  ])('segments of %j ms have the target duration %i', (durations, expected) => {
    const entries = durations.map((durationMs) => entry('a', 0, durationMs));
    expect(formatPlaylist(START, entries, false)).toContain(`\n#EXT-X-TARGETDURATION:${expected}\n`);
  });
});
