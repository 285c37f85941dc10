import { describe, expect, it } from 'vitest';
import { Av1Packetizer } from 'werift';
import { Av1Payload } from './av1-payload.ts';
import { parseSequenceHeader } from './av1-sequence.ts';
import { pictureOf } from '../testing/picture-of.ts';

/** Temporal units of libaom, 320x180, and the av1C that ffmpeg makes of the first: every OBU has its size. */
const DELIMITER = '1200';
const KEYFRAMES = [
  [
    '8 bits',
    '0a0b000000043cfeccdaf90040',
    '321b10008780000080000000ebcd11f8c4b8a5877f048aa8f2241c4348',
    '81000c00',
  ],
  [
    '10 bits',
    '0a0b000000043cfeccdaf94040',
    '321b10008820000090000003ce14a996a9662d3934dc2550885dc52c84',
    '81004c00',
  ],
  [
    '4:4:4',
    '0a0a200000043cfeccdaf902',
    '321c10008780000080000000ebcd11e857371df300622275ed87e49e7ec0',
    '81200000',
  ],
  ['monochrome', '0a0a000000043cfeccdaf92a', '3211100087800002000001560759bb0cdc7c60', '81001c00'],
] as const;
const [, SEQUENCE, FRAME] = KEYFRAMES[0];
const KEYFRAME = Buffer.from(SEQUENCE + FRAME, 'hex');
const DELTA = Buffer.from('32143003c08000000692400000a00008009923aa1b2e', 'hex');

const format = new Av1Payload();
const packets = (unit: Buffer, maxPayloadSize = 1200, isKeyframe = false): Buffer[] =>
  new Av1Packetizer({ maxPayloadSize, isKeyframe }).packetize(unit, 0).map(({ payload }) => payload);
const sampleOf = (payloads: Buffer[]): Buffer => Buffer.concat([...pictureOf(format, payloads).chunks]);
const withoutSize = (obu: Buffer): Buffer => Buffer.from([(obu[0] ?? 0) & ~0x02, ...obu.subarray(2)]);

describe('AV1 in RTP', () => {
  it.each(KEYFRAMES)('describes a keyframe of %s', (_, sequence, frame, flags) => {
    const picture = pictureOf(format, packets(Buffer.from(DELIMITER + sequence + frame, 'hex')));
    if (!picture.isKey) throw new Error('not a keyframe');
    expect(picture.config).toMatchObject({ width: 320, height: 180, sampleEntry: 'av01' });
    expect(picture.config.configBox.toString('hex', 8)).toBe(flags + sequence);
    expect(Buffer.concat([...picture.chunks]).toString('hex')).toBe(sequence + frame);
  });

  it.each([2, 3, 7, 16, 1200])('joins what was cut into packets of %i bytes', (size) => {
    expect(sampleOf(packets(KEYFRAME, size))).toEqual(KEYFRAME);
    expect(sampleOf(packets(DELTA, size))).toEqual(DELTA);
    expect(pictureOf(format, packets(DELTA, size)).isKey).toBe(false);
  });

  it('reads packets whose every element has a length', () => {
    const [sequence, frame] = [SEQUENCE, FRAME].map((hex) => withoutSize(Buffer.from(hex, 'hex')));
    const lengths = [sequence, frame].flatMap((obu) => [
      Buffer.from([obu?.length ?? 0]),
      obu ?? Buffer.alloc(0),
    ]);
    expect(sampleOf([Buffer.concat([Buffer.from([0x08]), ...lengths])])).toEqual(KEYFRAME);
  });

  it('keeps layer ids, and sizes of more than a byte', () => {
    const obu = Buffer.concat([Buffer.from([0x34, 0x28, 0x30]), Buffer.alloc(200, 1)]);
    const sized = Buffer.concat([Buffer.from([0x36, 0x28, 0xc9, 0x01, 0x30]), Buffer.alloc(200, 1)]);
    expect(sampleOf([Buffer.concat([Buffer.from([0x10]), obu])])).toEqual(sized);
  });

  it('makes no picture of a delimiter or padding alone', () => {
    expect(format.assemble([Buffer.from([0x10, 0x10])])).toBe('empty');
    expect(format.assemble([Buffer.from([0x10, 0x78, 1, 2])])).toBe('empty');
  });

  it('tells the start of a keyframe from anything else', () => {
    const [start, next] = packets(KEYFRAME, 20, true);
    const starts = [start, next, packets(DELTA)[0], Buffer.alloc(0)];
    expect(starts.map((payload) => format.startsKeyframe(payload ?? Buffer.alloc(0)))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['without its first packet', packets(KEYFRAME, 20).slice(1)],
    ['without its last packet', packets(KEYFRAME, 20).slice(0, -1)],
    ['with a fragment between others', [...packets(KEYFRAME, 20).slice(0, 1), ...packets(DELTA)]],
    ['with an element beyond its end', [Buffer.from([0x20, 9, 0x30, 1])]],
    ['with fewer elements than announced', [Buffer.from([0x30, 1, 0x30])]],
    ['with a length without an end', [Buffer.from([0x00, 0xff, 0xff, 0xff, 0xff, 0xff])]],
    ['with an aggregation header alone', [Buffer.from([0x10])]],
    ['with the forbidden bit', [Buffer.from([0x10, 0xb0, 0x30])]],
    ['whose OBU is shorter than it says', [Buffer.from([0x10, 0x32, 9, 0x30])]],
    ['whose layer ids are missing', [Buffer.from([0x10, 0x34])]],
    ['with an unreadable sequence header', packets(Buffer.from(`0a0100${FRAME}`, 'hex'))],
    [
      'with more OBUs than any encoder makes',
      Array.from({ length: 5000 }, () => Buffer.from([0x10, 0x30, 0x30])),
    ],
  ])('refuses a picture %s', (_, payloads) => {
    expect(format.assemble(payloads)).toBe('broken');
  });
});

describe('parseSequenceHeader', () => {
  /** Converts bits, written as text in groups, to bytes. */
  const header = (...groups: string[]): Buffer => {
    const bits = groups.join('').replaceAll(' ', '');
    return Buffer.from(bits.match(/.{1,8}/g)?.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)) ?? []);
  };
  const ZEROS = (count: number): string => '0'.repeat(count);
  const SIZE = '1001 1000 1001111111 010110011'; // 640 x 180 in 10 and 9 bits
  const TOOLS = '0 000 0000 0 1 1';

  it('skips timing, a decoder model and several operating points', () => {
    const timing = `1 ${ZEROS(64)} 1 010 1 00011 ${ZEROS(42)}`;
    const points = `1 00001 ${ZEROS(12)} 01001 1 1 ${ZEROS(9)} 1 0000 ${ZEROS(12)} 00101 0 0`;
    const bytes = header('000 0 0', timing, points, SIZE, TOOLS, '000', '0 0 0 0 01 0 0');
    expect(parseSequenceHeader(bytes)).toMatchObject({
      width: 640,
      height: 180,
      level: 9,
      tier: 1,
      bitDepth: 8,
    });
  });

  it('reads 12 bits of 4:2:2', () => {
    const bytes = header(
      '010 0 0',
      '0',
      `0 00000 ${ZEROS(12)} 00101`,
      SIZE,
      TOOLS,
      '000',
      '1 1 0 0 0 1 0 0 0',
    );
    expect(parseSequenceHeader(bytes)).toMatchObject({ bitDepth: 12, subsamplingX: 1, subsamplingY: 0 });
  });

  it.each([
    ['nothing', ''],
    ['a header that is cut off', '000000043cfe'],
    ['a still picture', '180000043cfeccdaf90040'],
    ['a profile that does not exist', 'e00000043cfeccdaf90040'],
  ])('refuses %s', (_, hex) => {
    expect(parseSequenceHeader(Buffer.from(hex, 'hex'))).toBeNull();
  });
});
