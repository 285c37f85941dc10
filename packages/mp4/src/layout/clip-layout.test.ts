import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutClip, type ClipLayout, type LayoutSection } from './clip-layout.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';
import { layOutStill } from './still-layout.ts';
import { readMovie, type ReadTrack } from '../testing/read-movie.ts';
import { AUDIO_TRACK, avcEntry, packets, pictures, sampleRun, VIDEO_TRACK } from '../testing/samples.ts';

const MiB = 1024 * 1024;

function section(startSeconds: number, durationSeconds: number, ...runs: SampleRun[]): LayoutSection {
  return { segments: [{ runs }], startSeconds, durationSeconds };
}

function track(layout: ClipLayout, kind: ReadTrack['kind']): ReadTrack {
  const found = readMovie(layout.head).tracks.find((candidate) => candidate.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

/** Returns where a byte of the finished file comes from. */
function origin({ head, parts }: ClipLayout, offset: number): { path: string; offset: number } | Buffer {
  let at = head.length;
  for (const part of parts) {
    const length = 'bytes' in part ? part.bytes.length : part.length;
    if (offset < at + length)
      return 'bytes' in part
        ? part.bytes.subarray(offset - at)
        : { path: part.path, offset: part.offset + offset - at };
    at += length;
  }
  throw new Error('past the end');
}

const shown = ({ samples }: ReadTrack) =>
  samples.filter(({ presentedAt, durationSeconds }) => presentedAt + durationSeconds > 0.0001);

describe('the layout of a clip', () => {
  it('hides the pictures between the keyframe and the start', () => {
    const layout = layOutClip([section(100.5, 1, pictures(100, 20))]);
    const video = track(layout, 'video');
    expect(video.durationSeconds).toBeCloseTo(1);
    expect(video.samples[0]?.isKey).toBe(true);
    expect(video.samples).toHaveLength(15);
    expect(shown(video)).toHaveLength(10);
    expect(shown(video)[0]?.presentedAt).toBeCloseTo(0);
  });

  it('hides pictures in almost no time, so that players without edit lists are soon at the start', () => {
    const silent = track(layOutClip([section(102.5, 1, pictures(100, 60, 10, 30))]), 'video').samples;
    expect(silent).toHaveLength(35);
    expect(silent[0]?.presentedAt).toBeCloseTo(-0.08, 6);
    const heard = layOutClip([section(102.5, 1, pictures(100, 60, 10, 30), packets(99, 300))]);
    for (const kind of ['video', 'audio'] as const)
      expect(track(heard, kind).samples[0]?.presentedAt).toBeGreaterThanOrEqual(-0.1);
    const times = track(heard, 'video').samples.map(({ presentedAt }) => presentedAt);
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(times[25]).toBeCloseTo(0);
    expect(times[26]).toBeCloseTo(0.1);
  });

  it.each([
    ['without sound', []],
    ['with sound', [packets(99, 300)]],
  ])(
    'shares that time evenly among them, because tools take the shortest picture for the rate: %s',
    (_, sound) => {
      const layout = layOutClip([section(102.5, 1, pictures(100, 60, 10, 60), ...sound)]);
      const hidden = track(layout, 'video').samples.slice(0, 25);
      const times = hidden.map(({ durationSeconds }) => durationSeconds);
      expect(Math.min(...times)).toBeGreaterThan(0.003);
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1.01 / 90_000);
    },
  );

  it('hides one picture for no longer than it was shown', () => {
    const { samples } = track(layOutClip([section(100.13, 0.5, pictures(100, 20, 20))]), 'video');
    expect(samples[0]?.presentedAt).toBeCloseTo(-0.08, 4);
    const soon = track(layOutClip([section(100.06, 0.5, pictures(100, 20, 20))]), 'video').samples;
    expect(soon[0]?.presentedAt).toBeCloseTo(-0.06, 4);
  });

  it('gives even a thousand hidden pictures a time of their own', () => {
    const { samples } = track(layOutClip([section(179.5, 0.5, pictures(100, 10_000, 120))]), 'video');
    expect(Math.min(...samples.map(({ durationSeconds }) => durationSeconds))).toBeGreaterThan(0);
    expect(samples[9540]?.presentedAt).toBeCloseTo(0);
  });

  it('keeps the times of hidden pictures that are decoded out of order', () => {
    const run = pictures(100, 20);
    run.compositionOffsets.set([0, 27_000, -9000, -9000], 1);
    const { samples } = track(layOutClip([section(101, 1, run)]), 'video');
    expect(samples[0]?.presentedAt).toBeCloseTo(-1);
  });

  it('shows the picture that was on screen at the start from the start on', () => {
    const layout = layOutClip([section(100.57, 0.43, pictures(100, 20))]);
    const [first, second] = shown(track(layout, 'video'));
    expect(first?.presentedAt).toBeCloseTo(0, 4);
    expect(second?.presentedAt).toBeCloseTo(0.03, 4);
  });

  it('begins with the newest keyframe before the start', () => {
    const layout = layOutClip([section(101.2, 0.5, pictures(100, 30, 10, 5))]);
    const { samples } = track(layout, 'video');
    expect(samples.map(({ isKey }) => isKey)).toEqual([true, false, false, false, false, true, false]);
    expect(samples[2]?.presentedAt).toBeCloseTo(0);
  });

  it('keeps the pictures’ own times, however irregular', () => {
    const durations = [0.04, 0.5, 0.033, 1.2, 0.016, 0.1];
    const layout = layOutClip([section(5, 1.9, sampleRun({ startSeconds: 5, durations }))]);
    const times = track(layout, 'video').samples.map(({ presentedAt }) => presentedAt);
    [0, 0.04, 0.54, 0.573, 1.773, 1.789].forEach((time, index) => expect(times[index]).toBeCloseTo(time, 3));
    expect(readMovie(layout.head).durationSeconds).toBeCloseTo(1.889, 3);
  });

  it('ends exactly where it was asked to', () => {
    const layout = layOutClip([section(100, 0.95, pictures(100, 20), packets(100, 100))]);
    expect(readMovie(layout.head).durationSeconds).toBeCloseTo(0.95);
    expect(track(layout, 'video').samples).toHaveLength(10);
    const sound = track(layout, 'audio').samples.at(-1);
    expect(sound?.presentedAt).toBeLessThan(0.95);
    expect((sound?.presentedAt ?? 0) + (sound?.durationSeconds ?? 0)).toBeGreaterThanOrEqual(0.95);
  });

  it('keeps picture and sound in sync', () => {
    const layout = layOutClip([section(100.5, 1, pictures(100, 20), packets(99.99, 120))]);
    const audio = track(layout, 'audio').samples;
    const at = audio.findIndex(({ presentedAt }) => presentedAt > 0.09);
    const from = origin(layout, audio[at]?.offset ?? 0);
    // The packet that is heard then is the one that was recorded 0.1 s after the start.
    const recordedAt = 99.99 + ((from as { offset: number }).offset - 100_000) / 10 / 50;
    expect(recordedAt - 100.5).toBeCloseTo(audio[at]?.presentedAt ?? 0, 3);
  });

  it('begins both tracks together and lets the Opus decoder settle before the start', () => {
    const layout = layOutClip([section(100, 1, pictures(100, 20), packets(99, 200))]);
    const audio = track(layout, 'audio').samples[0]?.presentedAt ?? 0;
    expect(audio).toBeLessThanOrEqual(-0.08);
    const video = track(layout, 'video');
    // It is shown from 0 but decoded with the sound, so players without edit lists present both together.
    expect(video.samples[0]?.presentedAt).toBeCloseTo(0);
    const trackStart = video.samples[1]?.presentedAt ?? 0;
    expect(trackStart - (video.samples[0]?.durationSeconds ?? 0)).toBeCloseTo(audio, 3);
  });

  it('fills holes in the sound with silence', () => {
    const layout = layOutClip([section(100, 2, pictures(100, 20), packets(100.5, 20), packets(101.2, 10))]);
    const { samples } = track(layout, 'audio');
    samples.forEach((sample, index) => {
      const next = samples[index + 1];
      if (next !== undefined)
        expect(sample.presentedAt + sample.durationSeconds).toBeCloseTo(next.presentedAt, 3);
    });
    expect(samples[0]?.presentedAt).toBeLessThanOrEqual(0);
    const last = samples.at(-1);
    expect((last?.presentedAt ?? 0) + (last?.durationSeconds ?? 0)).toBeGreaterThan(1.96);
    const silent = samples.filter(({ offset }) => Buffer.isBuffer(origin(layout, offset)));
    expect(silent.length).toBe(samples.length - 30);
  });

  it('keeps packets of any length as they are, without a hole between them', () => {
    // Opus packets last 2.5 to 120 ms (RFC 6716, 3.2).
    const lengths = [
      120, 120, 120, 120, 120, 120, 120, 5760, 2880, 960, 480, 1920, 240, 2880, 5760, 960, 960,
    ];
    const all = [
      ...Array.from({ length: 60 }, () => 960),
      ...lengths,
      ...Array.from({ length: 80 }, () => 960),
    ];
    const run = packets(99, all.length);
    const layout = layOutClip([
      section(100, 2, pictures(100, 20), { ...run, durations: Uint32Array.from(all) }),
    ]);
    const { samples } = track(layout, 'audio');
    let silence = 0;
    for (const [index, { presentedAt, durationSeconds, offset }] of samples.entries()) {
      if (Buffer.isBuffer(origin(layout, offset))) silence += durationSeconds;
      const next = samples[index + 1];
      if (next !== undefined) expect(presentedAt + durationSeconds).toBeCloseTo(next.presentedAt, 6);
    }
    const taken = samples.map(({ durationSeconds }) => Math.round(durationSeconds * 48_000)).join(' ');
    expect(taken).toContain(lengths.join(' '));
    expect(silence).toBe(0);
  });

  it('has no sound track when nothing was heard', () => {
    const layout = layOutClip([section(100, 1, pictures(100, 20))]);
    expect(readMovie(layout.head).tracks).toHaveLength(1);
  });

  it('skips only the Opus that its edit list says', () => {
    const layout = layOutClip([section(100, 1, pictures(100, 20), packets(100, 100))]);
    const entry = track(layout, 'audio').sampleEntries;
    const dOps = entry.indexOf('dOps');
    expect(dOps).toBeGreaterThan(0);
    expect(entry.readUInt16BE(dOps + 6)).toBe(0);
    expect(AUDIO_TRACK.sampleEntry.readUInt16BE(AUDIO_TRACK.sampleEntry.indexOf('dOps') + 6)).toBe(312);
  });

  it('lets sections follow each other without a gap, the sound at most half a packet off', () => {
    const layout = layOutClip([
      section(100.5, 1.5, pictures(100, 20), packets(100, 100)),
      section(7, 1, pictures(7, 10), packets(7.007, 60, 900_000)),
    ]);
    expect(readMovie(layout.head).durationSeconds).toBeCloseTo(2.5);
    const video = shown(track(layout, 'video'));
    expect(video[15]?.presentedAt).toBeCloseTo(1.5);
    const audio = track(layout, 'audio').samples;
    const own = (offset: number) => {
      const from = origin(layout, offset);
      return !Buffer.isBuffer(from) && from.offset >= 900_000;
    };
    const second = audio.findIndex(({ offset }) => own(offset));
    // The section's first packet is replaced by silence, because decoders would carry over the sound before it.
    expect(Buffer.isBuffer(origin(layout, audio[second - 1]?.offset ?? 0))).toBe(true);
    expect(Buffer.isBuffer(origin(layout, audio[second - 2]?.offset ?? 0))).toBe(false);
    expect(Math.abs((audio[second]?.presentedAt ?? 0) - 1.527)).toBeLessThanOrEqual(0.0101);
  });

  it('puts silence under a section without sound', () => {
    const layout = layOutClip([
      section(100, 1, pictures(100, 10)),
      section(7, 1, pictures(7, 10), packets(7, 60)),
    ]);
    const { samples } = track(layout, 'audio');
    expect(samples.filter(({ offset }) => Buffer.isBuffer(origin(layout, offset))).length).toBeGreaterThan(
      48,
    );
    expect((samples.at(-1)?.presentedAt ?? 0) + 0.02).toBeGreaterThanOrEqual(1.98);
  });

  it('keeps a sample entry for each picture size', () => {
    const wider = { ...VIDEO_TRACK, width: 2560, sampleEntry: avcEntry(2560, 1440) };
    const other = { ...pictures(7, 10), track: wider };
    const layout = layOutClip([section(100, 1, pictures(100, 10)), section(7, 1, other)]);
    expect(track(layout, 'video').sampleEntryCount).toBe(2);
  });

  it('copies samples that lie together in a file as one byte range', () => {
    const layout = layOutClip([
      section(100, 2, pictures(100, 10), packets(99.92, 54, 2000), {
        ...pictures(101, 10),
        offset: 2540,
      }),
    ]);
    expect(layout.parts.filter((part) => 'path' in part)).toHaveLength(1);
  });

  it('has room for more than 4 GiB', () => {
    const huge = sampleRun({
      startSeconds: 0,
      durations: Array.from({ length: 50 }, () => 0.1),
      sizeBytes: 100 * MiB,
    });
    const layout = layOutClip([section(0, 5, huge)]);
    const { mdatBytes } = readMovie(layout.head);
    expect(mdatBytes).toBe(50 * 100 * MiB);
    expect(track(layout, 'video').samples.at(-1)?.offset).toBe(layout.head.length + 49 * 100 * MiB);
  });

  it('refuses a section that can’t be decoded from its start on', () => {
    const noKey = { ...pictures(100, 10), isKey: new Uint8Array(10) };
    expect(() => layOutClip([section(100.5, 0.3, noKey)])).toThrow(RangeError);
    expect(() => layOutClip([section(100, 1, packets(100, 10))])).toThrow(RangeError);
  });

  it('places every sample inside the file, in order of time, whatever was recorded', () => {
    const duration = fc.double({ min: 0, max: 2, noNaN: true });
    const video = fc.array(duration, { minLength: 1, maxLength: 40 });
    const audio = fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), fc.integer({ min: 0, max: 80 }));
    const oneSection = fc.record({ video, audio, start: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(oneSection, { minLength: 1, maxLength: 4 }), (recorded) => {
        const sections = recorded.map(({ video: durations, audio: [delay, count], start }, index) => {
          const begin = 10 + 100 * index;
          const runs = [sampleRun({ startSeconds: begin, durations: [...durations, 0.1] })];
          if (count > 0) runs.push(packets(begin + delay, count));
          const length = durations.reduce((sum, one) => sum + one, 0.1);
          return section(begin + start * length * 0.9, length, ...runs);
        });
        const layout = layOutClip(sections);
        const payloadBytes = layout.sizeBytes - layout.head.length;
        const { tracks, mdatBytes } = readMovie(layout.head);
        expect(mdatBytes).toBe(payloadBytes);
        expect(tracks.flatMap(({ samples }) => samples).reduce((sum, one) => sum + one.sizeBytes, 0)).toBe(
          payloadBytes,
        );
        for (const { samples, kind } of tracks) {
          expect(samples.every(({ offset }) => offset >= layout.head.length)).toBe(true);
          expect(samples.every(({ offset, sizeBytes }) => offset + sizeBytes <= layout.sizeBytes)).toBe(true);
          const times = samples.map(({ presentedAt }) => presentedAt);
          if (kind === 'audio') expect(times.toSorted((a, b) => a - b)).toEqual(times);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the layout of a still', () => {
  /** The sections have a keyframe every half second; each picture has 100 bytes. */
  const sections = (durationSeconds: number) => [
    section(10, 1, pictures(10, 10)),
    section(100, durationSeconds, pictures(100, 40, 10, 5), packets(100, 200)),
  ];

  it('is a single keyframe: the last one shown at least that long before the end', () => {
    const layout = layOutStill(sections(3.2), 1);
    expect(readMovie(layout.head).tracks).toHaveLength(1);
    expect(track(layout, 'video').samples).toMatchObject([{ isKey: true, presentedAt: 0 }]);
    // This is the keyframe at 2.0 s.
    expect(layout.parts).toEqual([{ path: '/buffer/seg_0.m4s', offset: 1000 + 20 * 100, length: 100 }]);
  });

  it('is the first keyframe when the clip is shorter than that', () => {
    const layout = layOutStill(sections(0.4), 1);
    expect(layout.parts).toEqual([{ path: '/buffer/seg_0.m4s', offset: 1000, length: 100 }]);
  });
});
