import { describe, expect, it } from 'vitest';
import { H264Payload } from './h264-payload.ts';
import { PictureAssembler } from './picture-assembler.ts';
import type { RtpData } from './rtp-data.ts';

const SPS = [...Buffer.from('6742c01f8c8d402802dd350101010784423500', 'hex')];
const SPS_HIGH = [...Buffer.from('67640028acd940780227a9b0110000030001000003003c0f183196', 'hex')];
const PPS = [0x68, 0xce, 0x3c, 0x80];
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
  codec: 'h264',
  payload: Buffer.from(payload),
  arrivalMs: 0,
});

/** Builds the bytes of a sample, whose NAL units follow their 32-bit lengths. */
function nalsOf(chunks: readonly Buffer[]): number[][] {
  const sample = Buffer.concat(chunks);
  const nals: number[][] = [];
  for (let at = 0; at < sample.length; at += 4 + sample.readUInt32BE(at)) {
    nals.push([...sample.subarray(at + 4, at + 4 + sample.readUInt32BE(at))]);
  }
  return nals;
}

function run(sent: Sent[]) {
  const pictures: { nals: number[][]; isKey: boolean; timestamp: number }[] = [];
  let damages = 0;
  const assembler = new PictureAssembler({
    format: new H264Payload(),
    deliver: ({ chunks, isKey }, timestamp) => pictures.push({ nals: nalsOf(chunks), isKey, timestamp }),
    onDamage: () => damages++,
  });
  for (const { payload, timestamp, isMarker = false, isAfterLoss = false } of sent) {
    assembler.push(packet(payload, timestamp, isMarker), isAfterLoss);
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
/** Cuts a NAL unit into FU-A fragments of one byte. */
const fragments = ([header = 0, ...body]: number[]): number[][] =>
  body.map((byte, i) => [
    0x1c | (header & 0xe0),
    (i === 0 ? 0x80 : 0) | (i === body.length - 1 ? 0x40 : 0) | (header & 0x1f),
    byte,
  ]);

describe('H.264 in RTP', () => {
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
        { payload: stapA(SPS, PPS), timestamp: 0 },
        ...fragments(IDR).map((payload, i) => ({ payload, timestamp: 0, isMarker: i === 3 })),
      ],
      [SPS, PPS, IDR],
    ],
    [
      'FU-A of one fragment more than two',
      [
        { payload: stapA(SPS, PPS), timestamp: 0 },
        { payload: [0x7c, 0x85, 5, 6], timestamp: 0 },
        { payload: [0x7c, 0x45, 7, 8], timestamp: 0, isMarker: true },
      ],
      [SPS, PPS, IDR],
    ],
    [
      'several slices',
      [
        ...key(0)
          .slice(0, 3)
          .map((one) => ({ ...one, isMarker: false })),
        { payload: IDR, timestamp: 0, isMarker: true },
      ],
      [SPS, PPS, IDR, IDR],
    ],
    [
      'access unit delimiters and filler, which are left out',
      [
        { payload: [0x09, 0xf0], timestamp: 0 },
        { payload: stapA(SPS, PPS, IDR), timestamp: 0 },
        { payload: [0x0c, 0xff], timestamp: 0, isMarker: true },
      ],
      [SPS, PPS, IDR],
    ],
    [
      'padding without payload',
      [
        { payload: stapA(SPS, PPS, IDR), timestamp: 0 },
        { payload: [], timestamp: 0 },
        { payload: [], timestamp: 50 },
        { payload: SLICE, timestamp: 0, isMarker: true },
      ],
      [SPS, PPS, IDR, SLICE],
    ],
    [
      'a picture whose marker never comes, once the next one begins',
      [
        { payload: stapA(SPS, PPS, IDR), timestamp: 0 },
        { payload: SLICE, timestamp: 3000 },
      ],
      [SPS, PPS, IDR],
    ],
  ])('reads %s', (_, sent, nals) => {
    expect(run(sent)).toEqual({ pictures: [{ nals, isKey: true, timestamp: 0 }], damages: 0 });
  });

  it('waits for a keyframe at the start and asks for one', () => {
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
    ['anything else, whose start may be missing', [{ payload: IDR, timestamp: 6000, isMarker: true }], [0]],
  ])('handles a keyframe right after a loss that starts with %s', (_, next, expected) => {
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

  it.each([0, 1, 2, 3])('drops a keyframe of four fragments that misses number %i', (missing) => {
    const parts = fragments(IDR);
    const { pictures, damages } = run([
      { payload: stapA(SPS, PPS), timestamp: 0 },
      ...parts
        .map((payload, i) => ({ payload, timestamp: 0, isMarker: i === 3, isAfterLoss: i === missing + 1 }))
        .filter((_, i) => i !== missing),
      ...key(3000).map((one, i) => ({ ...one, isAfterLoss: missing === 3 && i === 0 })),
    ]);
    expect(pictures.map(({ timestamp }) => timestamp)).toEqual([3000]);
    expect(damages).toBe(1);
  });

  it.each([0, 1, 2, 3])('freezes from a picture that misses fragment %i to the next keyframe', (missing) => {
    const parts = fragments([0x61, 1, 2, 3, 4]);
    const { pictures } = run([
      ...key(0),
      ...parts
        .map((payload, i) => ({
          payload,
          timestamp: 3000,
          isMarker: i === 3,
          isAfterLoss: i === missing + 1,
        }))
        .filter((_, i) => i !== missing),
      { payload: SLICE, timestamp: 6000, isMarker: true, isAfterLoss: missing === 3 },
      ...key(9000),
    ]);
    expect(pictures.map(({ timestamp }) => timestamp)).toEqual([0, 9000]);
  });

  it('adds parameter sets to keyframes without them', () => {
    const { pictures } = run([
      ...key(0),
      { payload: IDR, timestamp: 3000, isMarker: true },
      { payload: stapA(SPS_HIGH, PPS), timestamp: 6000, isMarker: true },
      { payload: IDR, timestamp: 9000, isMarker: true },
    ]);
    expect(pictures.map(({ nals }) => nals)).toEqual([
      [SPS, PPS, IDR],
      [SPS, PPS, IDR],
      [SPS_HIGH, PPS, IDR],
    ]);
  });

  it.each([
    ['without its parameter sets', [IDR]],
    ['with an unreadable SPS', [[0x67, 1, 2], PPS, IDR]],
    ['without a PPS', [SPS, IDR]],
    ['with a PPS that is too long for MP4', [SPS, [0x68, ...Array<number>(70_000).fill(1)], IDR]],
    ['with more units than any encoder makes', [SPS, PPS, ...Array.from({ length: 5000 }, () => IDR)]],
  ])('can not begin at a keyframe %s', (_, nals) => {
    const sent = nals.map((payload, i) => ({ payload, timestamp: 0, isMarker: i === nals.length - 1 }));
    expect(run(sent)).toEqual({ pictures: [], damages: 1 });
  });

  it.each([
    ['constrained baseline', SPS, 1280, 720, `0142c01fffe10013${Buffer.from(SPS).toString('hex')}010004`, ''],
    [
      'high',
      SPS_HIGH,
      1918,
      1078,
      `01640028ffe1001b${Buffer.from(SPS_HIGH).toString('hex')}010004`,
      'fdf8f800',
    ],
  ])('describes a keyframe in avcC: %s', (_, sps, width, height, start, end) => {
    const picture = new H264Payload().assemble([sps, PPS, IDR].map((nal) => Buffer.from(nal)));
    if (typeof picture === 'string' || !picture.isKey) throw new Error('not a keyframe');
    expect(picture.config).toMatchObject({ width, height, sampleEntry: 'avc1' });
    expect(picture.config.configBox.subarray(8).toString('hex')).toBe(
      start + Buffer.from(PPS).toString('hex') + end,
    );
  });

  it('lists all parameter sets of a keyframe', () => {
    const other = [0x68, 0xde, 0x3c, 0x80];
    const picture = new H264Payload().assemble([SPS, PPS, other, IDR].map((nal) => Buffer.from(nal)));
    if (typeof picture === 'string' || !picture.isKey) throw new Error('not a keyframe');
    const end = `020004${Buffer.from(PPS).toString('hex')}0004${Buffer.from(other).toString('hex')}`;
    expect(picture.config.configBox.toString('hex')).toMatch(new RegExp(`${end}$`));
  });

  it('drops a picture that would use up all memory', () => {
    const piece = Buffer.alloc(60_000, 1);
    piece.set([0x7c, 0x05]);
    let damages = 0;
    const assembler = new PictureAssembler({
      format: new H264Payload(),
      deliver: () => undefined,
      onDamage: () => damages++,
    });
    assembler.push(packet([0x7c, 0x85, 1], 0, false), false);
    for (let i = 0; i < 300; i++) assembler.push(packet(piece, 0, false), false);
    assembler.push(packet([0x7c, 0x45, 1], 0, true), false);
    expect(damages).toBe(1);
  });
});
