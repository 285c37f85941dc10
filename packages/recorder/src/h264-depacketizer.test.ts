import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { H264Depacketizer } from './h264-depacketizer.ts';
import type { RtpData } from './rtp-reorder.ts';

const SPS = [0x67, 1, 2, 3];
const PPS = [0x68, 4];
const IDR = [0x65, 5, 6, 7, 8];
const SLICE = [0x61, 9];

interface Sent {
  payload: number[];
  timestamp: number;
  isMarker?: boolean;
  isAfterLoss?: boolean;
}

const packet = (payload: Uint8Array | number[], timestamp: number, isMarker: boolean): RtpData => ({
  sequenceNumber: 0,
  timestamp,
  isMarker,
  payloadType: 96,
  payload: Buffer.from(payload),
  arrivalMs: 0,
});

function run(sent: Sent[]) {
  const pictures: { nals: number[][]; isKey: boolean; timestamp: number }[] = [];
  let damages = 0;
  const depacketizer = new H264Depacketizer({
    deliver: ({ nals, isKey }, timestamp) =>
      pictures.push({ nals: nals.map((nal) => [...nal]), isKey, timestamp }),
    onDamage: () => damages++,
  });
  for (const { payload, timestamp, isMarker = false, isAfterLoss = false } of sent) {
    depacketizer.push(packet(payload, timestamp, isMarker), isAfterLoss);
  }
  return { pictures, damages };
}

const key = (timestamp: number): Sent[] => [
  { payload: SPS, timestamp },
  { payload: PPS, timestamp },
  { payload: IDR, timestamp, isMarker: true },
];
const stapA = (...nals: number[][]) => [
  0x78,
  ...nals.flatMap((nal) => [nal.length >> 8, nal.length & 255, ...nal]),
];

describe('H264Depacketizer', () => {
  it('joins the NAL units of one timestamp into a picture', () => {
    expect(run([...key(0), { payload: SLICE, timestamp: 3000, isMarker: true }]).pictures).toEqual([
      { nals: [SPS, PPS, IDR], isKey: true, timestamp: 0 },
      { nals: [SLICE], isKey: false, timestamp: 3000 },
    ]);
  });

  it.each<[string, Sent[], number[][]]>([
    ['STAP-A', [{ payload: stapA(SPS, PPS, IDR), timestamp: 0, isMarker: true }], [SPS, PPS, IDR]],
    [
      'FU-A',
      [
        { payload: [0x7c, 0x85, 5, 6], timestamp: 0 },
        { payload: [0x7c, 0x05, 7], timestamp: 0 },
        { payload: [0x7c, 0x45, 8], timestamp: 0, isMarker: true },
      ],
      [IDR],
    ],
    [
      'access unit delimiters and filler, which are left out',
      [
        { payload: [0x09, 0xf0], timestamp: 0 },
        { payload: IDR, timestamp: 0 },
        { payload: [0x0c, 0xff], timestamp: 0, isMarker: true },
      ],
      [IDR],
    ],
    [
      'padding without payload',
      [
        { payload: IDR, timestamp: 0 },
        { payload: [], timestamp: 0 },
        { payload: [], timestamp: 50 },
        { payload: SLICE, timestamp: 0, isMarker: true },
      ],
      [IDR, SLICE],
    ],
    [
      'a picture whose marker never comes, once the next one begins',
      [
        { payload: IDR, timestamp: 0 },
        { payload: SLICE, timestamp: 3000 },
      ],
      [IDR],
    ],
  ])('reads %s', (_, sent, nals) => {
    expect(run(sent)).toEqual({ pictures: [{ nals, isKey: true, timestamp: 0 }], damages: 0 });
  });

  it('waits for a keyframe at the start, and asks for it', () => {
    const { pictures, damages } = run([
      { payload: SLICE, timestamp: 0, isMarker: true },
      { payload: SLICE, timestamp: 3000, isMarker: true },
      ...key(6000),
    ]);
    expect(pictures.map(({ timestamp }) => timestamp)).toEqual([6000]);
    expect(damages).toBe(2);
  });

  it('delivers nothing between a loss and the next keyframe', () => {
    const { pictures, damages } = run([
      ...key(0),
      { payload: SLICE, timestamp: 3000, isMarker: true, isAfterLoss: true },
      { payload: SLICE, timestamp: 6000, isMarker: true },
      ...key(9000),
      { payload: SLICE, timestamp: 12000, isMarker: true },
    ]);
    expect(pictures.map(({ timestamp }) => timestamp)).toEqual([0, 9000, 12000]);
    expect(damages).toBeGreaterThan(0);
  });

  it.each([
    ['its parameter sets', key(6000), [0, 6000]],
    ['a STAP-A of them', [{ payload: stapA(SPS, PPS, IDR), timestamp: 6000, isMarker: true }], [0, 6000]],
    ['anything else: its start may be missing', [{ payload: IDR, timestamp: 6000, isMarker: true }], [0]],
  ])('goes on with a keyframe right behind a loss when it starts with %s', (_, next, expected) => {
    const behind = next.map((one, i) => ({ ...one, isAfterLoss: i === 0 }));
    const { pictures } = run([...key(0), { payload: SLICE, timestamp: 3000 }, ...behind]);
    expect(pictures.map(({ timestamp }) => timestamp)).toEqual(expected);
  });

  it.each<[string, number[]]>([
    ['an FU-A without its start', [0x7c, 0x45, 8]],
    ['an FU-A without payload', [0x7c, 0x85]],
    ['a STAP-A with a length beyond its end', [0x78, 0, 9, 1]],
    ['a STAP-A with an empty unit', [0x78, 0, 0]],
    ['a STAP-A with a byte too many', [...stapA(IDR), 0]],
    ['a packet type of another mode', [0x79, 1, 2]],
    ['the reserved type 0', [0x60, 1]],
  ])('drops a picture with %s', (_, payload) => {
    const { pictures, damages } = run([{ payload, timestamp: 0, isMarker: true }]);
    expect({ pictures, damages }).toEqual({ pictures: [], damages: 1 });
  });

  it('drops a picture that would take up all memory', () => {
    const piece = Buffer.alloc(60_000, 1);
    piece.set([0x7c, 0x05]);
    let damages = 0;
    const depacketizer = new H264Depacketizer({ deliver: () => undefined, onDamage: () => damages++ });
    depacketizer.push(packet([0x7c, 0x85, 1], 0, false), false);
    for (let i = 0; i < 300; i++) depacketizer.push(packet(piece, 0, false), false);
    depacketizer.push(packet([0x7c, 0x45, 1], 0, true), false);
    expect(damages).toBe(1);
  });

  it('never throws, and delivers only pictures with NAL units, the first one a keyframe', () => {
    const anyPacket = fc.record({
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        // Likely beginnings, so that the branches behind them are reached.
        fc
          .tuple(fc.constantFrom(0x65, 0x61, 0x67, 0x78, 0x7c, 0x7d), fc.uint8Array({ maxLength: 20 }))
          .map(([first, rest]) => Uint8Array.from([first, ...rest])),
      ),
      timestamp: fc.nat(3),
      isMarker: fc.boolean(),
      isAfterLoss: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyPacket, { maxLength: 60 }), (packets) => {
        const keys: boolean[] = [];
        const depacketizer = new H264Depacketizer({
          deliver: (unit) => {
            expect(unit.nals.length).toBeGreaterThan(0);
            for (const nal of unit.nals) expect(nal.length).toBeGreaterThan(0);
            keys.push(unit.isKey);
          },
          onDamage: () => undefined,
        });
        for (const { payload, timestamp, isMarker, isAfterLoss } of packets) {
          depacketizer.push(packet(payload, timestamp, isMarker), isAfterLoss);
        }
        expect(keys[0] ?? true).toBe(true);
      }),
    );
  });
});
