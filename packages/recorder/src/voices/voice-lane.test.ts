import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SharedOffset } from '../rtp/rtp-clock.ts';
import { VoiceLane } from './voice-lane.ts';
import { readVoicePiece, SAMPLES_PER_MS } from './voice-piece.ts';

const PACKET = Buffer.from([0xf8, 0xff, 0xfe]);
const SSRC = 1234;

let directory: string;
let failures: unknown[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'voice-lane-'));
  failures = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

function newLane(folder = join(directory, 'alice')): VoiceLane {
  const lane = new VoiceLane({
    ...{ folder, offset: new SharedOffset(), slot: 0 },
    requestRetransmission: () => undefined,
    level: () => 20,
    onFailed: (error) => failures.push(error),
  });
  lane.isKept = true;
  return lane;
}

/** Sends packets of 20 ms that were captured until now. */
function speak(lane: VoiceLane, count: number, { ssrc = SSRC, firstNumber = 0 } = {}): void {
  const nowMs = Date.now();
  for (let i = 0; i < count; i++)
    lane.packet(ssrc, {
      ...{ sequenceNumber: firstNumber + i, timestamp: i * 960, isMarker: false, payloadType: 111 },
      payload: PACKET,
      arrivalMs: nowMs - (count - i) * 20,
    });
}

const packets = () =>
  readdirSync(join(directory, 'alice'))
    .toSorted()
    .flatMap((name) => readVoicePiece(readFileSync(join(directory, 'alice', name)))?.packets ?? []);

describe('VoiceLane', () => {
  it('writes what it is sent, with how loud it was', () => {
    const lane = newLane();
    speak(lane, 10);
    lane.close();
    expect(packets()).toHaveLength(10);
    expect(packets()[0]).toMatchObject({ level: 20, payload: PACKET });
    expect(Math.abs((packets()[0]?.atSample ?? 0) / SAMPLES_PER_MS - Date.now())).toBeLessThan(1000);
  });

  it('writes nothing while it is not kept, and nothing more once it is closed or discarded', () => {
    const unkept = newLane();
    unkept.isKept = false;
    speak(unkept, 10);
    unkept.close();
    const discarded = newLane();
    speak(discarded, 10);
    discarded.discard();
    speak(discarded, 10, { firstNumber: 10 });
    discarded.flush();
    discarded.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('goes on with another source of the same track, which is numbered and timed anew', () => {
    const lane = newLane();
    speak(lane, 5, { firstNumber: 60_000 });
    lane.flush();
    const before = packets().length;
    lane.packet(SSRC + 1, {
      ...{ sequenceNumber: 7, timestamp: 4_000_000_000, isMarker: false, payloadType: 111 },
      ...{ payload: PACKET, arrivalMs: Date.now() + 30 },
    });
    lane.close();
    expect(before).toBe(5);
    expect(packets()).toHaveLength(6);
  });

  it('tells of a disk that refuses, and never throws', () => {
    writeFileSync(join(directory, 'a file'), '');
    const lane = newLane(join(directory, 'a file', 'alice'));
    speak(lane, 3);
    lane.flush();
    lane.tick(Date.now() + 5000);
    lane.close();
    expect(failures).not.toEqual([]);
  });

  it('never throws and writes readable pieces, whatever it is sent', () => {
    const packet = fc.record({
      ssrc: fc.constantFrom(SSRC, SSRC + 1),
      sequenceNumber: fc.integer({ min: 0, max: 0xffff }),
      timestamp: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      payload: fc.uint8Array({ maxLength: 40 }),
      lateMs: fc.integer({ min: -100, max: 100_000 }),
      reportMs: fc.option(fc.double({ noNaN: true, min: -1e15, max: 1e15 })),
      steps: fc.constantFrom('tick', 'flush', 'none'),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 40 }), (sent) => {
        rmSync(join(directory, 'alice'), { recursive: true, force: true });
        const lane = newLane();
        const nowMs = Date.now();
        for (const { ssrc, sequenceNumber, timestamp, payload, lateMs, reportMs, steps } of sent) {
          const arrivalMs = nowMs + lateMs;
          if (reportMs !== null) lane.senderReport(ssrc, timestamp, reportMs, arrivalMs);
          lane.packet(ssrc, {
            ...{ sequenceNumber, timestamp, arrivalMs, payload: Buffer.from(payload) },
            ...{ isMarker: false, payloadType: 111 },
          });
          if (steps === 'tick') lane.tick(arrivalMs);
          if (steps === 'flush') lane.flush();
        }
        lane.close();
        expect(failures).toEqual([]);
        const names = readdirSync(directory).flatMap((folder) => readdirSync(join(directory, folder)));
        for (const name of names)
          expect(readVoicePiece(readFileSync(join(directory, 'alice', name)))).not.toBeNull();
      }),
    );
  });
});
