import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nalType, type AccessUnit } from './h264-depacketizer.ts';
import { SegmentWriter, type WrittenSegment } from './segment-writer.ts';
import { readSamples, type ReadSample } from './testing/read-boxes.ts';

const SPS_720 = Buffer.from('6742c01f8c8d402802dd350101010784423500', 'hex');
const SPS_1100 = Buffer.from('6742c01f8c8d4022826f72cd40404041e1108d40', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');
const OPUS_20_MS = Buffer.from([0xfc, 1, 2, 3]);
const START = Date.UTC(2026, 0, 1, 12);
/** How long media take from the sharer to the recorder. */
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
  const pattern =
    /(#EXT-X-DISCONTINUITY\n)?(?:#EXT-X-MAP:URI="(.*)"\n)?#EXT-X-PROGRAM-DATE-TIME:(.*)\n#EXTINF:(.*),\n(?:#EXT-X-BYTERANGE:(\d+)@0\n)?(.*)\n/g;
  return [...readFileSync(join(directory, 'full.m3u8'), 'utf8').matchAll(pattern)].map(
    ([, discontinuity, init, time = '', seconds, byteRange, file = '']) => ({
      file,
      fromMs: Date.parse(time),
      durationMs: Number(seconds) * 1000,
      completeBytes: byteRange === undefined ? undefined : Number(byteRange),
      isDiscontinuity: discontinuity !== undefined,
      init,
    }),
  );
}

function samplesOf({ file, completeBytes }: PlaylistLine, track: 'video' | 'audio'): ReadSample[] {
  const data = readFileSync(join(directory, file)).subarray(0, completeBytes);
  return readSamples(data, track === 'video' ? 1 : 2);
}

/** A sharer: feeds the writer as the network would, ms by ms, and answers its requests for keyframes. */
class Share {
  readonly writer: SegmentWriter;
  readonly started: number[] = [];
  readonly segments: WrittenSegment[] = [];
  readonly keyframeRequests: number[] = [];
  nowMs = START;
  isMuted = false;
  answersKeyframes = true;
  sps = SPS_720;
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

  /** 10 pictures and 50 packets of sound a second, each `LATENCY_MS` after it was captured. */
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

  picture(unit: Partial<AccessUnit> = {}): void {
    const isKey = this.isKeyWanted;
    this.isKeyWanted = false;
    const slice = Buffer.from([isKey ? 0x65 : 0x61, 1, 2, 3]);
    const picture = isKey
      ? { nals: [this.sps, PPS, slice], isKey, sps: this.sps, pps: PPS }
      : { nals: [slice], isKey, sps: undefined, pps: undefined };
    this.writer.addPicture({ ...picture, ...unit }, this.nowMs - LATENCY_MS, this.nowMs);
  }

  wantKey(): this {
    this.isKeyWanted = true;
    return this;
  }
}

/** What is wrong with a recording: holes, overlaps, segments without keyframe, a playlist that says something else. */
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

/** The playlist's entry number `index`; negative counts from the end. */
function entry(index: number): PlaylistLine {
  const line = playlist().at(index);
  if (line === undefined) throw new Error(`no entry ${index} in the playlist`);
  return line;
}

/** A sample's NAL units stand behind their 32-bit lengths. */
function nalTypes(sample: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at < sample.length; at += 4 + sample.readUInt32BE(at)) {
    types.push(nalType(sample.subarray(at + 4)));
  }
  return types;
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

  it('uses keyframes that come by themselves only where a segment is due', () => {
    const share = new Share().run(2000).wantKey().run(1000);
    share.writer.end(share.nowMs, share.nowMs);
    expect(playlist()).toHaveLength(1);
    expect(samplesOf(entry(0), 'video').filter(({ isKey }) => isKey)).toHaveLength(2);
  });

  it('makes the last second readable by itself: what a crash leaves is at most 1.1 s old', () => {
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

  it('goes on after a flush without hole or overlap, wherever in the segment it was', () => {
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

  it('holds the picture and writes silence while nothing comes', () => {
    const share = new Share().run(2000).run(8000, { video: false, audio: false });
    const open = entry(0);
    expect(share.nowMs - toMs(open)).toBeLessThanOrEqual(1100);
    expect(endOf(samplesOf(open, 'audio').at(-1)) / 48).toBeGreaterThan(7500);
    share.run(3000);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    const held = samplesOf(entry(0), 'video').find(({ duration }) => duration > 7000 * 90);
    expect(held).toBeDefined();
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

  it('cuts back to the end it is given, even where the picture was already held for longer', () => {
    const share = new Share().run(2000).run(3000, { video: false, audio: false });
    share.writer.end(share.nowMs, START + 2000);
    expect(flaws()).toEqual([]);
    expect(toMs(entry(0))).toBe(START + 2000);
  });

  it('starts a new init behind a discontinuity when the resolution changes', () => {
    const share = new Share().run(1500);
    share.sps = SPS_1100;
    share.wantKey().run(1500);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
    expect(playlist().map(({ init, isDiscontinuity }) => ({ init, isDiscontinuity }))).toEqual([
      { init: 'init_0.mp4', isDiscontinuity: false },
      { init: 'init_1.mp4', isDiscontinuity: true },
    ]);
    expect(readFileSync(join(directory, 'init_1.mp4')).includes(SPS_1100)).toBe(true);
  });

  it('puts parameter sets into keyframes that come without', () => {
    const share = new Share().run(200);
    share.wantKey().picture({ nals: [Buffer.from([0x65, 9])], sps: undefined, pps: undefined });
    share.writer.end(share.nowMs, share.nowMs + 100);
    const keyframe = samplesOf(entry(0), 'video').findLast(({ isKey }) => isKey);
    expect(nalTypes(keyframe?.payload ?? Buffer.alloc(0))).toEqual([7, 8, 5]);
  });

  it('writes video alone when there is no audio track', () => {
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
        { nals: [Buffer.from([0x61, i])], isKey: false, sps: undefined, pps: undefined },
        share.nowMs - 60,
        share.nowMs,
      );
    }
    share.run(500);
    share.writer.end(share.nowMs, share.nowMs);
    expect(flaws()).toEqual([]);
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
