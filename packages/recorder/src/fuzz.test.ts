import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseObu, readLeb128 } from './codecs/av1-obu.ts';
import { parseSequenceHeader } from './codecs/av1-sequence.ts';
import { parseSps } from './codecs/h264-sps.ts';
import type { Picture, VideoCodec } from './codecs/picture.ts';
import { parseCandidate } from './signal/ice-candidate.ts';
import { CODEC_SAMPLES, OPUS_SAMPLES } from './testing/codec-samples.ts';
import { packetsToFiles } from './testing/packets-to-files.ts';
import { readSamples } from '@hindsight/mp4/testing/read-boxes';
import { VideoDepacketizer } from './codecs/video-depacketizer.ts';
import { parseVp9Descriptor } from './codecs/vp9-descriptor.ts';
import { parseVp9Header } from './codecs/vp9-header.ts';

// No packet can hurt the recorder. There are FUZZ_RUNS inputs for each parser and a tenth as many shares; a few by default.

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2000);
const SHARE_RUNS = Math.ceil(RUNS / 10);
const TIMEOUT_MS = 30_000 + 20 * RUNS;

const CODECS = ['h264', 'vp8', 'vp9', 'av1'] as const;
const LARGEST_SIDE = 65_536;

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((value) => Buffer.from(value));

/** Generates real bytes with a few changed, cut off or appended; sometimes entirely random ones. */
const damaged = (samples: readonly Buffer[]): fc.Arbitrary<Buffer> => {
  const change = fc.record({ at: fc.nat(60), value: fc.nat(255) });
  const hurt = fc
    .record({
      sample: fc.constantFrom(...samples),
      changes: fc.array(change, { maxLength: 3 }),
      keep: fc.option(fc.nat(80)),
      more: fc.option(bytes(20)),
    })
    .map(({ sample, changes, keep, more }) => {
      const copy = Buffer.from(sample);
      for (const { at, value } of changes) if (at < copy.length) copy[at] = value;
      return Buffer.concat([copy.subarray(0, keep ?? copy.length), more ?? Buffer.alloc(0)]);
    });
  return fc.oneof({ weight: 8, arbitrary: hurt }, { weight: 1, arbitrary: bytes(60) });
};

const payloadsOf = (codec: VideoCodec): Buffer[] => [
  ...CODEC_SAMPLES[codec].keyframe,
  ...CODEC_SAMPLES[codec].delta,
];
const ALL_PAYLOADS = CODECS.flatMap(payloadsOf);

interface Sent {
  kind: 'video' | 'audio';
  codec: VideoCodec | undefined;
  payload: Buffer;
  /** This many packets are skipped before it; -1 repeats the number of the packet before. */
  skipped: number;
  ticks: number;
  isMarker: boolean;
  waitMs: number;
}

/** Generates whole pictures and parts of them in one codec, sound, losses, duplicates and clocks that jump. */
const packetsOf = (codec: VideoCodec): fc.Arbitrary<Sent[]> => {
  const whole = fc.constantFrom(CODEC_SAMPLES[codec].keyframe, CODEC_SAMPLES[codec].delta).map((payloads) =>
    payloads.map((payload, i): Sent => ({
      kind: 'video',
      codec,
      payload,
      skipped: 0,
      ticks: i === 0 ? 3000 : 0,
      isMarker: i === payloads.length - 1,
      waitMs: i === 0 ? 33 : 0,
    })),
  );
  const jump = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer() });
  const broken = fc
    .record({
      payload: damaged(payloadsOf(codec)),
      skipped: fc.constantFrom(0, 0, 0, 1, 2, -1, 1500, 40_000),
      ticks: fc.oneof(fc.constantFrom(0, 0, 3000), jump),
      isMarker: fc.boolean(),
      waitMs: fc.constantFrom(0, 5, 33, 700),
    })
    .map((one): Sent[] => [{ kind: 'video', codec, ...one }]);
  const sound = fc
    .record({
      payload: damaged(OPUS_SAMPLES),
      skipped: fc.constantFrom(0, 0, 0, 1, 30_000),
      ticks: fc.oneof({ weight: 4, arbitrary: fc.constant(960) }, { weight: 1, arbitrary: jump }),
      waitMs: fc.constantFrom(0, 20),
    })
    .map((one): Sent[] => [{ kind: 'audio', codec: undefined, isMarker: false, ...one }]);
  return fc.oneof(
    { weight: 4, arbitrary: whole },
    { weight: 2, arbitrary: broken },
    { weight: 2, arbitrary: sound },
  );
};

const share: fc.Arbitrary<Sent[]> = fc
  .array(
    fc.constantFrom(...CODECS).chain((codec) => fc.array(packetsOf(codec), { minLength: 1, maxLength: 12 })),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((stretches) => stretches.flat(2));

function expectPicture(picture: Picture): void {
  expect(picture.chunks.length).toBeGreaterThan(0);
  if (!picture.isKey) return;
  const { width, height, configBox } = picture.config;
  expect(Math.min(width, height)).toBeGreaterThan(0);
  expect(Math.max(width, height)).toBeLessThanOrEqual(LARGEST_SIDE);
  expect(configBox.readUInt32BE(0)).toBe(configBox.length);
}

describe('parsers', () => {
  it.each<[string, (input: Buffer) => void]>([
    ['SPS', (input) => void parseSps(input)],
    ['VP9 headers', (input) => void parseVp9Header(input)],
    ['VP9 payload descriptors', (input) => void parseVp9Descriptor(input)],
    ['AV1 sequence headers', (input) => void parseSequenceHeader(input)],
    ['OBUs', (input) => void parseObu(input)],
    ['lengths', (input) => void readLeb128(input, 0)],
    ['ICE candidates', (input) => void parseCandidate(input.toString('latin1'))],
  ])(
    'read any bytes as %s, and never throw',
    (_, parse) => {
      const sps = Buffer.from('67640028acd940780227a9b0110000030001000003003c0f183196', 'hex');
      const sequence = Buffer.from('000000043cfeccdaf90040', 'hex');
      const frame = Buffer.from('a249834200027e0166c1070483830b00002047d8', 'hex');
      const candidate = Buffer.from(
        '{"candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host","sdpMLineIndex":0}',
      );
      const inputs = damaged([sps, sequence, frame, candidate, ...ALL_PAYLOADS]);
      fc.assert(
        fc.property(inputs, (input) => {
          expect(() => parse(input)).not.toThrow();
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );
});

describe('depacketizers', () => {
  it.each(CODECS)(
    'make sound pictures of any packets of %s, the first one a keyframe',
    (codec) => {
      const packet = fc.record({
        payload: damaged(payloadsOf(codec)),
        timestamp: fc.nat(3),
        isMarker: fc.boolean(),
        isAfterLoss: fc.boolean(),
      });
      fc.assert(
        fc.property(fc.array(packet, { minLength: 1, maxLength: 10 }), (packets) => {
          const keys: boolean[] = [];
          const depacketizer = new VideoDepacketizer({
            deliver: (picture) => {
              expectPicture(picture);
              keys.push(picture.isKey);
            },
            onDamage: () => undefined,
          });
          for (const { isAfterLoss, ...one } of packets) {
            depacketizer.push(
              { sequenceNumber: 0, payloadType: 96, codec, arrivalMs: 0, ...one },
              isAfterLoss,
            );
          }
          expect(keys[0] ?? true).toBe(true);
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );
});

describe('a recording', () => {
  const START = Date.UTC(2026, 0, 1);
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'fuzz-'));
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  /** Feeds packets as the network does, from intake to files. Returns how many bytes of media came. */
  function record(
    destination: string,
    packets: readonly Sent[],
    reports: readonly (number | null)[],
  ): number {
    let nowMs = START;
    let receivedBytes = 0;
    const { intake, writer } = packetsToFiles({
      destination,
      segmentMs: 1000,
      nowMs: () => nowMs,
      onPicture: expectPicture,
    });
    const sequenceNumbers = { video: 65_500, audio: 10 };
    const timestamps = { video: 4_294_900_000, audio: 5 };
    for (const [index, { kind, codec, payload, skipped, ticks, isMarker, waitMs }] of packets.entries()) {
      nowMs += waitMs;
      receivedBytes += payload.length;
      sequenceNumbers[kind] = (sequenceNumbers[kind] + 1 + skipped) & 0xffff;
      timestamps[kind] = (timestamps[kind] + ticks) >>> 0;
      const [sequenceNumber, timestamp] = [sequenceNumbers[kind], timestamps[kind]];
      intake.packet(kind, {
        sequenceNumber,
        timestamp,
        isMarker,
        payloadType: 96,
        codec,
        payload,
        arrivalMs: nowMs,
      });
      const report = reports[index % reports.length];
      if (report !== undefined && report !== null) intake.senderReport(kind, timestamp, report, nowMs);
      intake.tick(nowMs);
      writer.tick(nowMs, nowMs);
    }
    intake.release();
    writer.end(nowMs, nowMs);
    return receivedBytes;
  }

  it(
    'of any packets is readable, in its own folder, and no larger than what came',
    () => {
      const anyTime = fc.oneof(fc.constant(START), fc.integer({ min: -(2 ** 41), max: 2 ** 42 }));
      const reports = fc.array(fc.option(anyTime, { freq: 4 }), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(share, reports, (packets, someReports) => {
          const destination = join(parent, 'recording');
          const startedMs = performance.now();
          const receivedBytes = record(destination, packets, someReports);
          expect(performance.now() - startedMs).toBeLessThan(10_000);
          expect(readdirSync(parent)).toEqual(['recording']);
          const files = readdirSync(destination);
          for (const file of files)
            expect(file).toMatch(/^(init_\d+\.mp4|seg_\d{6}\.m4s|(full|live)\.m3u8)$/);
          const writtenBytes = files.reduce((sum, file) => sum + statSync(join(destination, file)).size, 0);
          // The rest is at most a minute of silence, boxes and playlists.
          expect(writtenBytes).toBeLessThan(100_000 + packets.length * 2000 + 2 * receivedBytes);
          expectReadable(destination);
          rmSync(destination, { recursive: true });
        }),
        { numRuns: SHARE_RUNS },
      );
    },
    TIMEOUT_MS,
  );

  /** Checks that every file in the playlist exists and that samples follow each other. */
  function expectReadable(directory: string): void {
    const playlist = join(directory, 'full.m3u8');
    if (!existsSync(playlist)) return;
    const text = readFileSync(playlist, 'utf8');
    expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
    for (const [, init = ''] of text.matchAll(/URI="(.*)"/g))
      expect(existsSync(join(directory, init))).toBe(true);
    const ends = [0, 0];
    for (const file of text.match(/^seg_.*$/gm) ?? []) {
      const segment = readFileSync(join(directory, file));
      [1, 2].forEach((track, i) => {
        for (const { decodeTime, duration } of readSamples(segment, track)) {
          expect(decodeTime).toBeGreaterThanOrEqual(ends[i] ?? 0);
          ends[i] = decodeTime + duration;
        }
      });
      expect(readSamples(segment, 1)[0]?.isKey).toBe(true);
    }
  }
});
