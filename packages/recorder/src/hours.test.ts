import type { MediaKind } from './codecs/rtp-data.ts';
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MiB, SECOND } from '@hindsight/shared/units';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { MediaIntake } from './rtp/media-intake.ts';
import { parsePlaylist } from './segments/playlist-reader.ts';
import type { SegmentWriter } from './segments/segment-writer.ts';
import { CODEC_SAMPLES } from './testing/codec-samples.ts';
import { packetsToFiles } from './testing/packets-to-files.ts';
import { readSamples } from '@hindsight/mp4/testing/read-boxes';

/** The share lasts this many hours, processed as fast as possible. Hours are worth a minute of testing now and then. */
const HOURS = Number(process.env['RECORDER_HOURS'] ?? 0.2);
const TIMEOUT_MS = 30 * SECOND + HOURS * 120 * SECOND;

const START = Date.UTC(2026, 0, 1);
const LATENCY_MS = 40;
const TICK_MS = 20;
/** A picture comes every this many ticks. */
const TICKS_PER_PICTURE = 4;
const REPORT_MS = 3 * SECOND;
const KEEP_MS = 60 * SECOND;
const OPUS = Buffer.from([0xfc, 1, 2, 3]);
/** Memory in use differs from moment to moment by a fragment and some packets. */
const MEMORY_MOVES_BYTES = 2 * MiB;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hours-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function used(): { heapBytes: number; handles: number } {
  collectGarbage();
  return { heapBytes: process.memoryUsage().heapUsed, handles: readdirSync('/proc/self/fd').length };
}

/** A sharer of pictures and sound, a recorder, and the retention of a server. */
class LongShare {
  private readonly writer: SegmentWriter;
  private readonly intake: MediaIntake;
  private readonly sequenceNumbers = { video: 65_000, audio: 65_300 };
  private elapsedMs = 0;
  private isKeyWanted = true;
  private kept: { path: string; toMs: number }[] = [];
  segments = 0;

  constructor() {
    const { intake, writer } = packetsToFiles({
      destination: directory,
      segmentMs: 4 * SECOND,
      nowMs: () => this.nowMs,
      requestKeyframe: () => (this.isKeyWanted = true),
      onSegment: ({ toMs }) => this.keep(toMs),
    });
    this.intake = intake;
    this.writer = writer;
  }

  private get nowMs(): number {
    return START + this.elapsedMs + LATENCY_MS;
  }

  run(ms: number): void {
    for (const end = this.elapsedMs + ms; this.elapsedMs < end; this.elapsedMs += TICK_MS) {
      if (this.elapsedMs % (TICKS_PER_PICTURE * TICK_MS) === 0) this.sendPicture();
      this.send('audio', OPUS, true);
      if (this.elapsedMs % REPORT_MS === 0)
        for (const kind of ['video', 'audio'] as const)
          this.intake.senderReport(kind, this.timestamp(kind), START + this.elapsedMs, this.nowMs);
      this.intake.tick(this.nowMs);
      this.writer.tick(this.nowMs, this.nowMs - LATENCY_MS);
    }
  }

  end(): void {
    this.writer.end(this.nowMs, START + this.elapsedMs);
  }

  private sendPicture(): void {
    const { keyframe, delta } = CODEC_SAMPLES.h264;
    const payloads = this.isKeyWanted ? keyframe : delta.slice(0, 1);
    this.isKeyWanted = false;
    for (const [index, payload] of payloads.entries())
      this.send('video', payload, index === payloads.length - 1);
  }

  private send(kind: MediaKind, payload: Buffer, isMarker: boolean): void {
    const sequenceNumber = (this.sequenceNumbers[kind] = (this.sequenceNumbers[kind] + 1) & 0xffff);
    this.intake.packet(kind, {
      ...{ sequenceNumber, timestamp: this.timestamp(kind), isMarker, payload },
      ...{ payloadType: 96, codec: kind === 'video' ? 'h264' : undefined, arrivalMs: this.nowMs },
    });
  }

  /** Returns the RTP timestamp, which begins shortly before its wrap. */
  private timestamp(kind: MediaKind): number {
    return (2 ** 32 - 500_000 + this.elapsedMs * (kind === 'video' ? 90 : 48)) % 2 ** 32;
  }

  private keep(toMs: number): void {
    const path = join(directory, `seg_${String(this.segments++).padStart(6, '0')}.m4s`);
    this.kept.push({ path, toMs });
    while ((this.kept[0]?.toMs ?? Infinity) < this.nowMs - KEEP_MS) unlinkSync(this.kept.shift()?.path ?? '');
  }
}

it(
  'a recording of hours takes no more memory, files and disk than one of minutes, and its times stay right',
  () => {
    const share = new LongShare();
    const tenth = (HOURS * 3600 * SECOND) / 10;
    share.run(tenth);
    const early = { ...used(), files: readdirSync(directory).length };
    share.run(9 * tenth);
    const late = { ...used(), files: readdirSync(directory).length };
    const figures = JSON.stringify({ hours: HOURS, segments: share.segments, early, late });
    process.stdout.write(`${figures}\n`);
    expect(late.heapBytes - early.heapBytes).toBeLessThan(MEMORY_MOVES_BYTES);
    expect(late.handles).toBeLessThanOrEqual(early.handles);
    expect(Math.abs(late.files - early.files)).toBeLessThanOrEqual(1);

    share.end();
    const there = new Set(readdirSync(directory));
    const listed = parsePlaylist(readFileSync(join(directory, 'full.m3u8'), 'utf8'));
    // The segment that was deleted last is listed until the next segment.
    const entries = listed.filter(({ uri }) => there.has(uri));
    expect(listed.length - entries.length).toBeLessThanOrEqual(1);
    expect(entries.length).toBeGreaterThan(10);
    const last = entries.at(-1);
    expect(Math.abs((last?.fromMs ?? 0) + (last?.durationMs ?? 0) - START - 10 * tenth)).toBeLessThan(50);
    for (const [index, { uri, fromMs, durationMs }] of entries.entries()) {
      const next = entries[index + 1];
      if (next !== undefined) expect(Math.abs(fromMs + durationMs - next.fromMs)).toBeLessThan(2);
      const segment = readFileSync(join(directory, uri));
      const pictures = readSamples(segment, 1);
      expect(Math.abs(fromMs - START - (pictures[0]?.decodeTime ?? 0) / 90)).toBeLessThan(50);
      expect(readSamples(segment, 2).length).toBeGreaterThan(pictures.length);
    }
  },
  TIMEOUT_MS,
);
