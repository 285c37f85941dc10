import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutClip } from '../layout/clip-layout.ts';
import { parseMovieTracks } from '../tables/movie-tracks.ts';
import { packets, pictures } from '../testing/samples.ts';
import { LABELLED_BYTES, labelBoxes, otherLabels } from './movie-labels.ts';
import { findBox } from './box-reader.ts';

const RECORDED_AT_MS = Date.UTC(2026, 10, 29, 20, 15, 7, 900);
const segments = [{ runs: [pictures(100, 20), packets(99, 200)] }];
const { head } = layOutClip([{ segments, startSeconds: 100, durationSeconds: 1 }], RECORDED_AT_MS);
const beginning = head.subarray(0, LABELLED_BYTES);
const whole = { body: 0, end: head.length };

function labelledWith(labels: Parameters<typeof otherLabels>[1]): Buffer {
  const other = otherLabels(beginning, labels);
  if (other === null) throw new Error('no place for labels');
  const copy = Buffer.from(head);
  other.bytes.copy(copy, other.position);
  return copy;
}

/** Returns the text of a label, as a player finds it. */
function text(movie: Buffer, name: string): string | null {
  const meta = findBox(movie, { body: 0, end: movie.length }, 'moov', 'udta', 'meta');
  const inner = meta && { body: meta.body + 4, end: meta.end };
  const data = inner && findBox(movie, inner, 'ilst', name, 'data');
  return data === undefined ? null : movie.toString('utf8', data.body + 8, data.end);
}

describe('the labels of a movie', () => {
  it('are at first the name of the program alone', () => {
    expect(text(head, '\u00a9too')).toBe('Hindsight');
    expect(text(head, '\u00a9nam')).toBeNull();
  });

  it('can be others without anything else changing', () => {
    const movie = labelledWith({ title: 'Schönes „Tor“ 東京 🎉', album: 'Lounge' });
    expect(text(movie, '\u00a9nam')).toBe('Schönes „Tor“ 東京 🎉');
    expect(text(movie, '\u00a9alb')).toBe('Lounge');
    expect(text(movie, '\u00a9too')).toBe('Hindsight');
    const tracks = (bytes: Buffer) => {
      const moov = findBox(bytes, whole, 'moov');
      return parseMovieTracks(bytes.subarray(moov?.start, moov?.end), '/clip.mp4');
    };
    expect(tracks(movie)).toEqual(tracks(head));
    expect(labelBoxes({ title: 'a' })).toHaveLength(labelBoxes({ title: 'abc', album: 'd' }).length);
  });

  it('have room for the longest title and channel of any alphabet, and no more than is reserved', () => {
    const longest = { title: '東'.repeat(120), album: '🎉'.repeat(40) };
    expect(text(labelledWith(longest), '\u00a9nam')).toBe(longest.title);
    expect(() => labelBoxes({ title: 'a'.repeat(1000) })).toThrow(RangeError);
  });

  it('are not put where no place is for them, however a file is cut or damaged', () => {
    expect(otherLabels(Buffer.alloc(0), {})).toBeNull();
    expect(otherLabels(Buffer.from('video'), {})).toBeNull();
    const damage = fc.record({ at: fc.nat(300), byte: fc.nat(255), length: fc.nat(LABELLED_BYTES) });
    const expected = otherLabels(beginning, {});
    fc.assert(
      fc.property(damage, ({ at, byte, length }) => {
        const damaged = Buffer.from(beginning.subarray(0, length));
        if (at < length) damaged[at] = byte;
        const other = otherLabels(damaged, {});
        if (other !== null) expect(other.bytes).toHaveLength(expected?.bytes.length ?? 0);
        if (length < (expected?.position ?? 0) + 100) expect(other).toBeNull();
      }),
    );
  });
});

describe('the time of a recording', () => {
  const timeOf = (movie: Buffer, ...path: string[]) => {
    const box = findBox(movie, { body: 0, end: movie.length }, 'moov', ...path);
    if (box === undefined) throw new Error(`no ${path.join('/')}`);
    const seconds =
      movie[box.body] === 1 ? Number(movie.readBigUInt64BE(box.body + 4)) : movie.readUInt32BE(box.body + 4);
    return Date.UTC(1904, 0, 1) + seconds * 1000;
  };
  const headers = [['mvhd'], ['trak', 'tkhd'], ['trak', 'mdia', 'mdhd']];

  it.each(headers)('is in %s %s %s, to the second', (...path) => {
    expect(timeOf(head, ...path)).toBe(Date.UTC(2026, 10, 29, 20, 15, 7));
  });

  it.each(headers)('is in %s %s %s after 2040 too, when 32 bits end', (...path) => {
    const later = layOutClip([{ segments, startSeconds: 100, durationSeconds: 1 }], Date.UTC(2050, 0, 1));
    expect(timeOf(later.head, ...path)).toBe(Date.UTC(2050, 0, 1));
    const moov = findBox(later.head, { body: 0, end: later.head.length }, 'moov');
    const tracks = parseMovieTracks(later.head.subarray(moov?.start, moov?.end), '/clip.mp4');
    expect(tracks.map(({ timescale }) => timescale)).toEqual([90_000, 48_000]);
    expect(tracks[0]?.samples).toHaveLength(10);
    expect(otherLabels(later.head, { title: 'a' })).not.toBeNull();
  });
});
