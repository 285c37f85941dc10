import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlaylist, type PlaylistEntry } from './playlist-reader.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/playlists/${name}`, import.meta.url), 'utf8');
const at = (time: string) => Date.parse(`2026-11-21T${time}Z`);
const uris = (text: string) => parsePlaylist(text).map(({ uri }) => uri);

const HEAD = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n';
const GOOD =
  '#EXT-X-MAP:URI="init_0.mp4"\n#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z\n#EXTINF:4.000,\na.m4s\n';

describe('a playlist of our recorder', () => {
  it('gives each segment its time, init segment and complete bytes', () => {
    const text = `${HEAD}#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init_0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.250Z
#EXTINF:4.017,
seg_000000.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init_1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:04.267Z
#EXTINF:1.998,
#EXT-X-FROZEN-SINCE:2026-11-21T10:00:05.500Z
#EXT-X-BYTERANGE:1234@0
seg_000001.m4s
`;
    expect(parsePlaylist(text)).toEqual<PlaylistEntry[]>([
      {
        uri: 'seg_000000.m4s',
        initUri: 'init_0.mp4',
        fromMs: at('10:00:00.250'),
        durationMs: 4017,
        completeBytes: null,
        isDiscontinuity: false,
      },
      {
        uri: 'seg_000001.m4s',
        initUri: 'init_1.mp4',
        fromMs: at('10:00:04.267'),
        durationMs: 1998,
        completeBytes: 1234,
        isDiscontinuity: true,
        frozenSinceMs: at('10:00:05.500'),
      },
    ]);
  });
});

describe('playlists that LiveKit Egress wrote', () => {
  it.each([
    { name: 'egress-10s-full.m3u8', segments: 17, from: '07:37:28.318', lastDurationMs: 7833 },
    { name: 'egress-4s-full.m3u8', segments: 16, from: '07:40:47.072', lastDurationMs: 2100 },
  ])('$name is read completely', ({ name, segments, from, lastDurationMs }) => {
    const entries = parsePlaylist(fixture(name));
    expect(entries).toHaveLength(segments);
    expect(entries[0]).toMatchObject({ fromMs: at(from), initUri: null, completeBytes: null });
    expect(entries.at(-1)?.durationMs).toBe(lastDurationMs);
    for (const [index, entry] of entries.slice(1).entries()) {
      const before = entries[index];
      expect(entry.fromMs).toBe((before?.fromMs ?? 0) + (before?.durationMs ?? 0));
    }
  });

  it('is read at each moment of a recording as far as it was written', () => {
    const snapshots = fixture('egress-4s-snapshots.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { f: string; c: string });
    for (const { c: text } of snapshots)
      expect(uris(text)).toEqual(text.split('\n').filter((line) => line.startsWith('segment_')));
    expect(snapshots.length).toBeGreaterThan(20);
  });

  it('loses only the last entry when it is cut off anywhere', () => {
    const text = fixture('egress-4s-full.m3u8');
    const all = uris(text);
    for (let length = 0; length <= text.length; length++) {
      const read = uris(text.slice(0, length));
      const complete = all.filter((uri) => text.slice(0, length).includes(uri)).length;
      expect(read.slice(0, complete)).toEqual(all.slice(0, complete));
      expect(read.length).toBeLessThanOrEqual(complete + 1);
    }
  });
});

describe('times', () => {
  it.each([
    ['2026-11-21T10:00:00Z', '10:00:00.000'],
    ['2026-11-21T10:00:00.3Z', '10:00:00.300'],
    ['2026-11-21T10:00:00.31Z', '10:00:00.310'],
    ['2026-11-21T10:00:00.318Z', '10:00:00.318'],
    ['2026-11-21T11:00:00.318+01:00', '10:00:00.318'],
    ['2026-11-21T05:30:00.5-0430', '10:00:00.500'],
  ])('%s', (written, time) => {
    const [entry] = parsePlaylist(`#EXT-X-PROGRAM-DATE-TIME:${written}\n#EXTINF:4,\na.ts\n`);
    expect(entry?.fromMs).toBe(at(time));
  });

  it('continues the entry before when none is given', () => {
    const entries = parsePlaylist(`${HEAD}${GOOD}#EXTINF:2.5,\nb.m4s\n#EXTINF:4,\nc.m4s\n`);
    expect(entries.map(({ fromMs }) => fromMs)).toEqual([at('10:00:00'), at('10:00:04'), at('10:00:06.5')]);
  });

  it('leaves out entries whose time nobody can know', () => {
    expect(uris(`${HEAD}#EXTINF:4,\na.ts\n`)).toEqual([]);
    expect(uris(`${HEAD}${GOOD}#EXT-X-DISCONTINUITY\n#EXTINF:4,\nb.m4s\n`)).toEqual(['a.m4s']);
    expect(uris(`${HEAD}#EXT-X-PROGRAM-DATE-TIME:2026-1\n#EXTINF:4,\na.ts\n`)).toEqual([]);
  });
});

describe('a bad line', () => {
  const NEXT = '#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:08.000Z\n#EXTINF:4.000,\nc.m4s\n';
  it.each([
    ['an unreadable duration', '#EXTINF:four,\nb.m4s\n'],
    ['no duration', 'b.m4s\n'],
    ['a duration of nothing', '#EXTINF:0,\nb.m4s\n'],
    ['a negative duration', '#EXTINF:-4,\nb.m4s\n'],
    ['a range from the middle', '#EXTINF:4,\n#EXT-X-BYTERANGE:10@500\nb.m4s\n'],
    ['an unreadable range', '#EXTINF:4,\n#EXT-X-BYTERANGE:lots\nb.m4s\n'],
    ['a folder in the name', '#EXTINF:4,\nsub/b.m4s\n'],
    ['a path out of the folder', '#EXTINF:4,\n../b.m4s\n'],
    ['the parent folder', '#EXTINF:4,\n..\n'],
    ['an absolute path', '#EXTINF:4,\n/etc/passwd\n'],
    ['another host', '#EXTINF:4,\nhttps://example.org/b.m4s\n'],
    ['a backslash', '#EXTINF:4,\n..\\b.m4s\n'],
    ['bytes that are no text', '#EXT\0INF:4,\n\u0001\u0002b\n'],
  ])('drops only its own entry: %s', (_, bad) => {
    const entries = parsePlaylist(`${HEAD}${GOOD}${bad}${NEXT}`);
    expect(entries.map(({ uri }) => uri)).toEqual(['a.m4s', 'c.m4s']);
    expect(entries[1]).toMatchObject({ fromMs: at('10:00:08'), isDiscontinuity: true });
  });

  it('of an init segment drops the segments that need it, up to the next one', () => {
    const more = '#EXTINF:4,\nb.m4s\n';
    const next = '#EXT-X-MAP:URI="init_2.mp4"\n';
    expect(uris(`${HEAD}${GOOD}#EXT-X-MAP:URI="../x.mp4"\n${more}${next}${NEXT}`)).toEqual([
      'a.m4s',
      'c.m4s',
    ]);
  });

  it.each(['', '\n', 'not a playlist', '#EXTM3U', '\r\n\r\n', '#EXTINF:4,'])('%j has no entries', (text) => {
    expect(parsePlaylist(text)).toEqual([]);
  });

  it('never makes the reader fail or lets a path through', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(...`${HEAD}${GOOD}${NEXT}#EXT-X-BYTERANGE:9@0\n../x\na/b`.split('\n')),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        for (const { uri, initUri, fromMs, durationMs } of parsePlaylist(lines.join('\n'))) {
          expect(`${uri}${initUri ?? ''}`).not.toMatch(/[/\\]|^\.\./);
          expect(Number.isFinite(fromMs) && durationMs > 0).toBe(true);
        }
      }),
    );
  });
});

it('reads lines that end as Windows writes them', () => {
  expect(uris(`${HEAD}${GOOD}`.replaceAll('\n', '\r\n'))).toEqual(['a.m4s']);
});
