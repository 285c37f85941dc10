import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseVoicePieceName, readVoicePiece, SAMPLES_PER_MS } from './voice-piece.ts';
import { VoiceWriter } from './voice-writer.ts';

/** A packet of 20 ms. */
const PACKET = Buffer.from([0xf8, 0xff, 0xfe]);
const NOW = 1_764_460_800_000;

let folder: string;
let writer: VoiceWriter;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'voice-writer-')), 'alice');
  writer = new VoiceWriter(folder, 0);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

const add = (atMs: number, payload = PACKET, capturedMs = atMs): void =>
  writer.add(payload, NOW + capturedMs, 20, NOW + atMs);
const names = (): string[] => (existsSync(folder) ? readdirSync(folder).toSorted() : []);
/** Returns when the packets of each piece begin, in ms from NOW. */
const pieces = (): number[][] =>
  names().map((name) => {
    const { packets = [] } = readVoicePiece(readFileSync(join(folder, name))) ?? {};
    return packets.map(({ atSample }) => atSample / SAMPLES_PER_MS - NOW);
  });

describe('VoiceWriter', () => {
  it('lays packets end to end when their times are off by noise, and at their times after a pause', () => {
    add(0);
    add(40, PACKET, 27);
    add(60, PACKET, 35);
    add(500);
    writer.flush();
    expect(pieces()).toEqual([[0, 20, 40, 500]]);
  });

  it('drops packets that overlap earlier ones, and what is no Opus', () => {
    add(100);
    add(100, PACKET, 60);
    add(140, Buffer.from([0xfb, 0]));
    add(160, Buffer.alloc(0));
    writer.flush();
    expect(pieces()).toEqual([[100]]);
  });

  it('begins a piece at each ten seconds, named by its first packet', () => {
    for (const ms of [9940, 9960, 9980, 10_000, 10_020, 30_100]) add(ms);
    writer.close();
    expect(pieces()).toEqual([[9940, 9960, 9980], [10_000, 10_020], [30_100]]);
    expect(names().map((name) => (parseVoicePieceName(name)?.fromMs ?? 0) - NOW)).toEqual([
      9940, 10_000, 30_100,
    ]);
  });

  it('writes within a second, without being flushed', () => {
    add(0);
    writer.tick(NOW + 500);
    expect(pieces()).toEqual([[]]);
    writer.tick(NOW + 900);
    expect(pieces()).toEqual([[0]]);
  });

  it('makes no file before there is a packet', () => {
    writer.flush();
    writer.close();
    expect(names()).toEqual([]);
  });

  it('leaves nothing of what it discards', () => {
    add(0);
    writer.flush();
    add(20);
    writer.discard();
    expect(pieces()).toEqual([[0]]);
  });

  it('goes on in a new folder when retention has removed the empty one', () => {
    add(0);
    writer.close();
    rmSync(join(folder, names()[0] ?? ''));
    rmdirSync(folder);
    add(10_000);
    writer.close();
    expect(pieces()).toEqual([[10_000]]);
  });

  it('does not believe times of the future or of long ago', () => {
    add(0, PACKET, 1_000_000);
    writer.close();
    expect(pieces()).toEqual([[0]]);
  });

  it('goes on at once when the clock of this machine is set back', () => {
    add(20_000);
    add(5000);
    add(5020);
    writer.close();
    expect(pieces()).toEqual([[5000, 5020], [20_000]]);
  });

  it('takes no more than a voice needs, however much is sent', () => {
    const big = Buffer.concat([Buffer.from([0xe0]), Buffer.alloc(1400)]);
    for (let ms = 0; ms < 10_000; ms += 2.5) add(ms, big);
    writer.close();
    expect(readFileSync(join(folder, names()[0] ?? '')).length).toBeLessThan(1.1 * 1024 * 1024);
  });

  it('writes pieces without overlaps, each in its window, whatever comes', () => {
    const packet = fc.record({
      stepMs: fc.integer({ min: 0, max: 3000 }),
      capturedMs: fc.integer({ min: -100_000, max: 2000 }),
      toc: fc.integer({ min: 0, max: 255 }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 60 }), (packets) => {
        rmSync(folder, { recursive: true, force: true });
        writer = new VoiceWriter(folder, 0);
        let atMs = 0;
        for (const { stepMs, capturedMs, toc } of packets) {
          atMs += stepMs;
          add(atMs, Buffer.from([toc, 3]), atMs + capturedMs);
          writer.tick(NOW + atMs);
        }
        writer.close();
        let end = 0;
        for (const name of names()) {
          const piece = readVoicePiece(readFileSync(join(folder, name)));
          const window = Math.floor((piece?.fromSample ?? 0) / SAMPLES_PER_MS / 10_000);
          for (const { atSample, samples } of piece?.packets ?? []) {
            expect(atSample).toBeGreaterThanOrEqual(end);
            expect(Math.floor(atSample / SAMPLES_PER_MS / 10_000)).toBe(window);
            end = atSample + samples;
          }
        }
      }),
    );
  });
});
