import type { VideoConfig } from '@hindsight/mp4/fragments/video-config';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Picture } from '../codecs/picture.ts';
import { parsePlaylist } from './playlist-reader.ts';
import { SegmentWriter, type SegmentWriterOptions } from './segment-writer.ts';
import { parseSegmentIndex, segmentIndexBytes } from '@hindsight/mp4/fragments/segment-index-box';
import { boxes, readSamples, type ReadSample } from '@hindsight/mp4/testing/read-boxes';

const config = (width: number, height: number, sampleEntry: VideoConfig['sampleEntry'] = 'avc1') => ({
  width,
  height,
  sampleEntry,
  configBox: Buffer.from(`configuration of ${sampleEntry} ${width}x${height}`),
});
const HD = config(1280, 720);
const SMALLER = config(1100, 600);
const OPUS_20_MS = Buffer.from([0xfc, 1, 2, 3]);
const START = Date.UTC(2026, 0, 1, 12);
/** Media take this long from the sharer to the recorder. */
const LATENCY_MS = 40;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'segments-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface PlaylistLine {
  file: string;
  fromMs: number;
  durationMs: number;
  completeBytes: number | undefined;
  isDiscontinuity: boolean;
  init: string | undefined;
}

function playlist(): PlaylistLine[] {
  const entries = parsePlaylist(readFileSync(join(directory, 'full.m3u8'), 'utf8'));
  return entries.map(({ uri, initUri, fromMs, durationMs, completeBytes, isDiscontinuity }, i) => ({
    ...{ file: uri, fromMs, durationMs, isDiscontinuity },
    completeBytes: completeBytes ?? undefined,
    init: initUri === entries[i - 1]?.initUri ? undefined : (initUri ?? undefined),
  }));
}

function samplesOf({ file, completeBytes }: PlaylistLine, track: 'video' | 'audio'): ReadSample[] {
  const data = readFileSync(join(directory, file)).subarray(0, completeBytes);
  return readSamples(data, track === 'video' ? 1 : 2);
}

/** A sharer that feeds the writer as the network would, ms by ms, and answers its requests for keyframes. */
class Share {
  readonly writer: SegmentWriter;
  readonly started: number[] = [];
  readonly segments: Parameters<SegmentWriterOptions['onSegment']>[0][] = [];
  readonly keyframeRequests: number[] = [];
  nowMs = START;
  isMuted = false;
  answersKeyframes = true;
  config: VideoConfig = HD;
  private isKeyWanted = true;

  constructor(hasAudio = true) {
    this.writer = new SegmentWriter({
      destination: directory,
      segmentMs: 4000,
      hasAudio,
      requestKeyframe: () => {
        this.keyframeRequests.push(this.nowMs - START);
        this.isKeyWanted ||= this.answersKeyframes;
      },
      onStarted: (atMs) => this.started.push(atMs),
      onSegment: (segment) => this.segments.push(segment),
    });
  }

  /** Sends 10 pictures and 50 packets of sound a second, each `LATENCY_MS` after it was captured. */
  run(ms: number, sends: { video?: boolean; audio?: boolean } = {}): this {
    const { video = true, audio = true } = sends;
    for (const end = this.nowMs + ms; this.nowMs < end; this.nowMs += 10) {
      const sinceStart = this.nowMs - START;
      if (video && sinceStart % 100 === 0) this.picture();
      if (audio && sinceStart % 20 === 0) {
        this.writer.addSound(OPUS_20_MS, this.nowMs - LATENCY_MS, this.nowMs);
      }
      if (sinceStart % 100 === 50) this.writer.tick(this.nowMs, this.nowMs);
    }
    return this;
  }

  picture(): void {
    const isKey = this.isKeyWanted;
    this.isKeyWanted = false;
    const chunks = [Buffer.from([0, 0, 0, 4]), Buffer.from([isKey ? 0x65 : 0x61, 1, 2, 3])];
    const picture: Picture = isKey ? { isKey, config: this.config, chunks } : { isKey, chunks };
    this.writer.addPicture(picture, this.nowMs - LATENCY_MS, this.nowMs);
  }

  wantKey(): this {
    this.isKeyWanted = true;
    return this;
  }
}

/** Lists what is wrong with a recording: holes, overlaps, segments without a keyframe, a playlist that doesn't match. */
function flaws(): string[] {
  const found: string[] = [];
  const lines = playlist();
  for (const track of ['video', 'audio'] as const) {
    const samples = lines.flatMap((line) => samplesOf(line, track));
    samples.slice(1).forEach(({ decodeTime }, i) => {
      const end = endOf(samples[i]);
      if (decodeTime !== end) found.push(`${track} ends at ${end} and goes on at ${decodeTime}`);
    });
  }
  for (const { file, fromMs, durationMs, ...line } of lines) {
    const pictures = samplesOf({ file, fromMs, durationMs, ...line }, 'video');
    if (pictures[0]?.isKey !== true) found.push(`${file} does not start with a keyframe`);
    const startMs = Math.round(START - LATENCY_MS + (pictures[0]?.decodeTime ?? 0) / 90);
    if (fromMs !== startMs) found.push(`${file} is said to start at ${fromMs}, not ${startMs}`);
    const lengthMs = pictures.reduce((sum, { duration }) => sum + duration, 0) / 90;
    if (Math.abs(durationMs - lengthMs) > 0.5)
      found.push(`${file} is said to last ${durationMs}, not ${lengthMs}`);
  }
  return found;
}

const endOf = (sample: ReadSample | undefined): number => (sample?.decodeTime ?? 0) + (sample?.duration ?? 0);

/** Returns the playlist's entry number `index`; a negative number counts from the end. */
function entry(index: number): PlaylistLine {
  const line = playlist().at(index);
  if (line === undefined) throw new Error(`no entry ${index} in the playlist`);
  return line;
}

const toMs = ({ fromMs, durationMs }: PlaylistLine): number => fromMs + durationMs;

describe('SegmentWriter', () => {
  it('cuts at keyframes that it asks for, about every 4 s', () => {
    const share = new Share().run(13_000);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    const lines = playlist();
    expect(lines.map(({ file }) => file)).toEqual([0, 1, 2, 3].map((i) => `seg_00000${i}.m4s`));
    for (const line of lines.slice(0, 3)) expect(Math.abs(line.durationMs - 4000)).toBeLessThanOrEqual(150);
    expect(share.started).toEqual([START - LATENCY_MS]);
    expect(share.segments.map(({ fromMs }) => fromMs)).toEqual(lines.map(({ fromMs }) => fromMs));
    expect(share.segments.at(-1)?.toMs).toBe(share.nowMs);
    expect(readFileSync(join(directory, 'full.m3u8'), 'utf8')).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  it('ends each closed segment with an index box that matches its fragments', () => {
    const share = new Share().run(9000);
    const files = playlist();
    expect(files).toHaveLength(3);
    for (const { file, completeBytes } of files) {
      const data = readFileSync(join(directory, file));
      const all = boxes(data);
      const moofs = all.filter(({ type }) => type === 'moof');
      const indexBytes = segmentIndexBytes(data, data.length);
      const index = indexBytes === null ? null : parseSegmentIndex(data.subarray(-indexBytes));
      if (completeBytes !== undefined) {
        expect(index).toBeNull();
        continue;
      }
      expect(all.at(-1)?.type).toBe('uuid');
      expect(share.segments.map(({ sizeBytes }) => sizeBytes)).toContain(data.length);
      expect(moofs.length).toBeGreaterThan(3);
      // Durations of last pictures that were corrected afterwards are corrected in both.
      expect(index?.map(({ position, moof }) => [position, moof.toString('hex')])).toEqual(
        moofs.map(({ start, body }) => [
          start,
          data.subarray(start, start + 8 + body.length).toString('hex'),
        ]),
      );
    }
    share.writer.end(share.nowMs, share.nowMs);
    expect(boxes(readFileSync(join(directory, entry(-1).file))).at(-1)?.type).toBe('uuid');
  });

  it('keeps the sound of a segment in it: neither track is more than a packet longer', () => {
    const share = new Share().run(13_000);
    share.writer.end(share.nowMs, share.nowMs);
    for (const line of playlist()) {
      const [video, audio] = [samplesOf(line, 'video'), samplesOf(line, 'audio')];
      const startMs = [(video[0]?.decodeTime ?? 0) / 90, (audio[0]?.decodeTime ?? 0) / 48];
      expect(Math.abs((startMs[0] ?? 0) - (startMs[1] ?? 0))).toBeLessThanOrEqual(20);
    }
  });

  it('asks again until a keyframe comes, and does not cut before', () => {
    const share = new Share();
    share.answersKeyframes = false;
    share.run(8000);
    expect(share.keyframeRequests.length).toBeGreaterThan(3);
    expect(share.keyframeRequests[0]).toBeGreaterThanOrEqual(3850);
    share.wantKey().run(200);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    expect(playlist()).toHaveLength(2);
  });

  it('uses keyframes that come by themselves only when a segment is due', () => {
    const share = new Share().run(2000).wantKey().run(1000);
    share.writer.end(share.nowMs, share.nowMs);
    expect(playlist()).toHaveLength(1);
    expect(samplesOf(entry(0), 'video').filter(({ isKey }) => isKey)).toHaveLength(2);
  });

  it('publishes regularly, so that what a crash leaves is at most 1.1 s old', () => {
    const share = new Share();
    for (let i = 0; i < 100; i++) {
      share.run(100);
      if (i < 11) continue;
      expect(share.nowMs - toMs(entry(-1))).toBeLessThanOrEqual(1100);
    }
  });

  it('flushes up to now, the newest picture included', () => {
    const share = new Share().run(5310);
    expect(share.writer.flush(share.nowMs, share.nowMs)).toBe(share.nowMs);
    expect(flaws()).toEqual([]);
    const open = entry(1);
    expect(open.completeBytes).toBeGreaterThan(0);
    expect(toMs(open)).toBe(share.nowMs);
    expect(samplesOf(open, 'video').at(-1)?.decodeTime).toBe(5300 * 90);
  });

  it('goes on after a flush without a hole or overlap, anywhere in a segment', () => {
    const share = new Share();
    for (let i = 0; i < 90; i++) {
      share.run(130);
      share.writer.flush(share.nowMs, share.nowMs);
    }
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    expect(playlist().every(({ completeBytes }) => completeBytes === undefined)).toBe(true);
  });

  it('has nothing to flush before the first picture', () => {
    const share = new Share().run(500, { video: false });
    expect(share.writer.flush(share.nowMs, share.nowMs)).toBeNull();
    share.writer.end(share.nowMs, share.nowMs);
    expect(existsSync(join(directory, 'full.m3u8'))).toBe(false);
  });

  it('extends the picture and writes silence while nothing comes', () => {
    const share = new Share().run(2000).run(8000, { video: false, audio: false });
    const open = entry(0);
    expect(share.nowMs - toMs(open)).toBeLessThanOrEqual(1100);
    expect(endOf(samplesOf(open, 'audio').at(-1)) / 48).toBeGreaterThan(7500);
    share.run(3000);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    const extended = samplesOf(entry(0), 'video').find(({ duration }) => duration > 7000 * 90);
    expect(extended).toBeDefined();
  });

  it('says since when pictures are missing, until one comes, and of a segment that was closed meanwhile for good', () => {
    const share = new Share().run(2000);
    const frozen = () =>
      parsePlaylist(readFileSync(join(directory, 'full.m3u8'), 'utf8')).map(
        ({ frozenSinceMs }) => frozenSinceMs,
      );
    expect(frozen()).toEqual([undefined]);
    share.writer.frozenSinceMs = START + 1800;
    share.run(1000, { video: false });
    expect(frozen()).toEqual([START + 1800]);
    share.writer.frozenSinceMs = undefined;
    share.run(900);
    expect(frozen()).toEqual([undefined]);
    share.writer.frozenSinceMs = START + 3800;
    share.run(1000, { video: false }).wantKey().picture();
    share.writer.frozenSinceMs = undefined;
    share.run(1000);
    expect(frozen()).toEqual([START + 3800, undefined]);
  });

  it('fills short pauses of the sound (DTX) with silence', () => {
    const share = new Share();
    for (let i = 0; i < 20; i++) share.run(300).run(400, { audio: false });
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    const silent = playlist()
      .flatMap((line) => samplesOf(line, 'audio'))
      .filter(({ payload }) => !payload.equals(OPUS_20_MS));
    expect(silent.length).toBeGreaterThan(20 * 15);
  });

  it('ends at the given time, even if the picture was already extended beyond it', () => {
    const share = new Share().run(2000).run(3000, { video: false, audio: false });
    share.writer.end(share.nowMs, START + 2000);
    expect(flaws()).toEqual([]);
    expect(toMs(entry(0))).toBe(START + 2000);
  });

  it('starts a new init segment after a discontinuity when the resolution changes', () => {
    const share = new Share().run(1500);
    share.config = SMALLER;
    share.wantKey().run(1500);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    expect(playlist().map(({ init, isDiscontinuity }) => ({ init, isDiscontinuity }))).toEqual([
      { init: 'init_0.mp4', isDiscontinuity: false },
      { init: 'init_1.mp4', isDiscontinuity: true },
    ]);
    expect(readFileSync(join(directory, 'init_1.mp4')).includes(SMALLER.configBox)).toBe(true);
  });

  it('starts a new init segment when the publisher changes the codec', () => {
    const share = new Share().run(1500);
    share.config = config(1280, 720, 'vp09');
    share.wantKey().run(1500);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    expect(playlist().map(({ init, isDiscontinuity }) => [init, isDiscontinuity])).toEqual([
      ['init_0.mp4', false],
      ['init_1.mp4', true],
    ]);
    expect(readFileSync(join(directory, 'init_1.mp4')).includes('vp09')).toBe(true);
  });

  it('separates two changes of size when the second comes while the first waits for its sound', () => {
    const share = new Share().run(1500);
    share.config = SMALLER;
    share.wantKey().run(300, { audio: false });
    share.config = HD;
    share.wantKey().run(1500);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    const sizes = playlist().map(({ init }) => {
      const file = readFileSync(join(directory, init ?? ''));
      return [HD, SMALLER].find(({ configBox }) => file.includes(configBox))?.width;
    });
    expect(sizes).toEqual([1280, 1100, 1280]);
  });

  it('separates sizes that were queued and come at one moment', () => {
    const share = new Share(false).run(10, { audio: false });
    for (const [ms, keyConfig] of [
      [400, SMALLER],
      [800, HD],
      [1200, undefined],
    ] as const) {
      const chunks = [Buffer.from([ms / 100])];
      const capturedMs = START - LATENCY_MS + ms;
      const picture: Picture =
        keyConfig === undefined ? { isKey: false, chunks } : { isKey: true, config: keyConfig, chunks };
      share.writer.addPicture(picture, capturedMs, START + 5000);
    }
    share.writer.end(START + 5000, START + 5000);
    expect(flaws()).toEqual([]);
    expect(playlist().map(({ durationMs }) => durationMs)).toEqual([400, 400, 4240]);
  });

  it('freezes while the size changes with every picture, instead of writing a file for each', () => {
    const share = new Share().run(1000);
    for (let i = 0; i < 200; i++) {
      share.config = config(1000 + 2 * i, 600);
      share.wantKey().picture();
      share.nowMs += 10;
    }
    share.wantKey().run(1000);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    expect(playlist().length).toBeLessThan(12);
    expect(share.keyframeRequests.length).toBeGreaterThan(0);
    const last = samplesOf(entry(-1), 'video');
    expect(last.at(-1)?.duration).toBeLessThanOrEqual(140 * 90);
  });

  it('handles any picture rate from one in some seconds to sixty a second, with any pauses of sound', () => {
    const gap = fc.oneof(
      fc.integer({ min: 10, max: 50 }),
      fc.integer({ min: 50, max: 1500 }),
      fc.constant(6000),
    );
    const stretch = fc.record({ gaps: fc.array(gap, { minLength: 1, maxLength: 12 }), audio: fc.boolean() });
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 4 }), fc.boolean(), (stretches, hasAudio) => {
        rmSync(directory, { recursive: true });
        const share = new Share(hasAudio);
        share.picture();
        let pictures = 1;
        for (const { gaps, audio } of stretches) {
          for (const ms of gaps) {
            share.run(Math.round(ms / 10) * 10, { video: false, audio: hasAudio && audio });
            share.picture();
            pictures++;
          }
        }
        share.run(100, { video: false, audio: false });
        share.writer.end(share.nowMs, share.nowMs);
        expect(flaws()).toEqual([]);
        expect(playlist().flatMap((line) => samplesOf(line, 'video'))).toHaveLength(pictures);
      }),
      { numRuns: 12 },
    );
  });

  it.each([
    [
      'starts later than the picture',
      [
        [3000, false],
        [5000, true],
      ],
    ],
    [
      'ends sooner',
      [
        [5000, true],
        [6000, false],
      ],
    ],
    ['never comes although it is published', [[6000, false]]],
  ] as const)('has sound of the length of the picture when it %s', (_, stretches) => {
    const share = new Share();
    for (const [ms, audio] of stretches) share.run(ms, { audio });
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    const [video, audio] = (['video', 'audio'] as const).map((track) =>
      playlist().flatMap((line) => samplesOf(line, track)),
    );
    expect(audio?.[0]?.decodeTime).toBe(0);
    const endsMs = [endOf(video?.at(-1)) / 90, endOf(audio?.at(-1)) / 48];
    expect(Math.abs((endsMs[0] ?? 0) - (endsMs[1] ?? 0))).toBeLessThanOrEqual(20 + LATENCY_MS);
  });

  it('writes only video when there is no audio track', () => {
    const share = new Share(false).run(5000, { audio: false });
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    expect(playlist().flatMap((line) => samplesOf(line, 'audio'))).toEqual([]);
    expect(readFileSync(join(directory, 'init_0.mp4')).includes('Opus')).toBe(false);
  });

  it('stays in order when the clock is set back by a sender report', () => {
    const share = new Share().run(1000);
    for (let i = 0; i < 5; i++) {
      share.picture();
      share.nowMs += 1;
      share.writer.addPicture(
        { isKey: false, chunks: [Buffer.from([0x61, i])] },
        share.nowMs - 60,
        share.nowMs,
      );
    }
    share.run(500);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
  });

  it('treats media that claim to be from another year as at most a minute old', () => {
    const share = new Share().run(500);
    for (const captured of [0, START * 2, -Infinity, 1e300]) {
      share.writer.addSound(OPUS_20_MS, captured, share.nowMs);
      share.writer.addPicture({ isKey: false, chunks: [Buffer.from([1])] }, captured, share.nowMs);
      share.run(300);
    }
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    expect(endOf(samplesOf(entry(-1), 'audio').at(-1)) / 48).toBeLessThan(60_000);
  });

  it('extends a picture for days', () => {
    const share = new Share(false).run(500, { audio: false });
    share.nowMs += 3 * 86_400_000;
    share.writer.tick(share.nowMs, share.nowMs);
    expect(share.writer.flush(share.nowMs, share.nowMs)).toBeGreaterThan(START + 13 * 3_600_000);
    share.writer.end(share.nowMs, share.nowMs);
    expect(samplesOf(entry(-1), 'video').at(-1)?.duration).toBe(0xffff_ffff);
  });

  it('leaves a gap as long as an interruption, with a discontinuity and the true time after it', () => {
    const share = new Share().run(5000);
    const lostMs = share.nowMs;
    share.nowMs += 30_000;
    expect(share.writer.interrupt(share.nowMs, lostMs)).toBe(true);
    const backMs = share.nowMs;
    share.wantKey().run(5000);
    share.writer.end(share.nowMs, share.nowMs);

    const lines = playlist();
    const after = lines.findIndex(({ fromMs }) => fromMs > lostMs);
    expect(lines.map(({ isDiscontinuity }) => isDiscontinuity)).toEqual(lines.map((_, i) => i === after));
    const [before, next] = [lines[after - 1], lines[after]];
    expect((before?.fromMs ?? 0) + (before?.durationMs ?? 0)).toBe(lostMs);
    expect(next?.fromMs).toBe(backMs - LATENCY_MS);
    // The same size and codec need no new init segment.
    expect(new Set(lines.flatMap(({ init }) => init ?? []))).toEqual(new Set(['init_0.mp4']));
    const zeroMs = lines[0]?.fromMs ?? 0;
    for (const track of ['video', 'audio'] as const) {
      const ticksPerMs = track === 'video' ? 90 : 48;
      const [first] = next === undefined ? [] : samplesOf(next, track);
      expect(Math.abs(zeroMs + (first?.decodeTime ?? 0) / ticksPerMs - backMs + LATENCY_MS)).toBeLessThan(21);
    }
  });

  it('has nothing to interrupt before the first picture or right after another interruption', () => {
    const share = new Share();
    expect(share.writer.interrupt(share.nowMs, share.nowMs)).toBe(false);
    share.run(1000);
    expect(share.writer.interrupt(share.nowMs, share.nowMs)).toBe(true);
    expect(share.writer.interrupt(share.nowMs + 10, share.nowMs + 10)).toBe(false);
    expect(share.writer.flush(share.nowMs + 1000, share.nowMs + 1000)).toBe(share.nowMs);
    share.writer.end(share.nowMs, share.nowMs);
    expect(readFileSync(join(directory, 'full.m3u8'), 'utf8')).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  it('gives sound that comes later a track, after a discontinuity', () => {
    const share = new Share(false).run(3000, { audio: false }).run(3000);
    share.writer.end(share.nowMs, share.nowMs);
    const lines = playlist();
    const after = lines.findIndex(({ isDiscontinuity }) => isDiscontinuity);
    expect(lines[after]?.init).toBe('init_1.mp4');
    expect(lines[after]?.fromMs).toBeLessThan(START + 3500);
    expect(readFileSync(join(directory, 'init_0.mp4')).includes('Opus')).toBe(false);
    expect(readFileSync(join(directory, 'init_1.mp4')).includes('Opus')).toBe(true);
    expect(lines.slice(0, after).flatMap((line) => samplesOf(line, 'audio'))).toEqual([]);
    for (const line of lines.slice(after)) expect(samplesOf(line, 'audio')).not.toEqual([]);
  });

  it('leaves nothing unwritten for a second, even while a cut waits for its sound', () => {
    const share = new Share().run(1000);
    let longestMs = 0;
    for (let ms = 1000; ms < 60_000; ms += 10) {
      share.run(10, { audio: ms % 1130 < 500 });
      // Flushes come at irregular times, so that fragments and cuts meet at different moments.
      if (ms % 3310 === 0) share.writer.flush(share.nowMs, share.nowMs);
      longestMs = Math.max(longestMs, share.nowMs - LATENCY_MS - toMs(entry(-1)));
    }
    expect(playlist().length).toBeGreaterThan(3);
    expect(longestMs).toBeLessThan(1000);
  });

  it('throws when the disk is full, and keeps what is readable', () => {
    symlinkSync('/dev/full', join(directory, 'seg_000001.m4s'));
    const share = new Share();
    expect(() => share.run(6000)).toThrow(/ENOSPC/);
    share.writer.abandon();
    expect(flaws()).toEqual([]);
    expect(playlist().map(({ file }) => file)).toEqual(['seg_000000.m4s']);
    expect(readFileSync(join(directory, 'full.m3u8'), 'utf8')).toMatch(/#EXT-X-ENDLIST\n$/);
  });
});
