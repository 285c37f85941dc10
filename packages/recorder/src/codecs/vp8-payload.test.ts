import { describe, expect, it } from 'vitest';
import { Vp8Packetizer } from 'werift';
import { pictureOf } from '../testing/picture-of.ts';
import { Vp8Payload } from './vp8-payload.ts';

/** The beginning of a keyframe of libvpx, 320x180. */
const KEYFRAME = Buffer.from('100f009d012a4001b40007070885858899848825820274f23a3ad461ec9ce1ec', 'hex');
const DELTA = Buffer.from('d108001c11c8001800186ff40c000159aab5556aaad5', 'hex');

const format = new Vp8Payload();
const packets = (frame: Buffer, maxPayloadSize = 1200): Buffer[] =>
  new Vp8Packetizer({ maxPayloadSize }).packetize(frame, 0).map(({ payload }) => payload);
const sampleOf = (payloads: Buffer[]): Buffer => Buffer.concat([...pictureOf(format, payloads).chunks]);

describe('VP8 in RTP', () => {
  it('describes a keyframe', () => {
    const picture = pictureOf(format, packets(KEYFRAME));
    if (!picture.isKey) throw new Error('not a keyframe');
    expect(picture.config).toMatchObject({ width: 320, height: 180, sampleEntry: 'vp08' });
    // The fields are profile 0, level 2, 8 bits, 4:2:0.
    expect(picture.config.configBox.toString('hex', 8)).toBe('010000000014820202020000');
  });

  it.each([5, 6, 11, 1200])('joins what was cut into packets of %i bytes', (size) => {
    expect(sampleOf(packets(KEYFRAME, size))).toEqual(KEYFRAME);
    expect(sampleOf(packets(DELTA, size))).toEqual(DELTA);
    expect(pictureOf(format, packets(DELTA, size)).isKey).toBe(false);
  });

  it.each([
    ['no extension', [0x10]],
    ['a short picture id', [0x90, 0x80, 0x11]],
    ['a long picture id', [0x90, 0x80, 0x91, 0x22]],
    ['a layer index', [0x90, 0x40, 0x07]],
    ['a temporal layer alone', [0x90, 0x20, 0x20]],
    ['a key index alone', [0x90, 0x10, 0x03]],
    ['a temporal layer and a key index in one byte', [0x90, 0x30, 0x23]],
    ['everything', [0x90, 0xf0, 0x91, 0x22, 0x07, 0x23]],
  ])('reads a payload descriptor with %s', (_, descriptor) => {
    const payload = Buffer.concat([Buffer.from(descriptor), KEYFRAME]);
    expect(sampleOf([payload])).toEqual(KEYFRAME);
    expect(format.startsKeyframe(payload)).toBe(true);
  });

  it('takes the packets of further partitions', () => {
    expect(sampleOf([Buffer.from([0x10, 0xd1, 1]), Buffer.from([0x11, 2]), Buffer.from([0x01, 3])])).toEqual(
      Buffer.from([0xd1, 1, 2, 3]),
    );
  });

  it('tells the start of a keyframe from anything else', () => {
    const [start, next] = packets(KEYFRAME, 20);
    const [delta] = packets(DELTA);
    expect([start, next, delta].map((payload) => format.startsKeyframe(payload ?? Buffer.alloc(0)))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['without its first packet', packets(KEYFRAME, 20).slice(1)],
    ['that begins twice', [...packets(DELTA), ...packets(DELTA)]],
    ['with a packet of a descriptor alone', [Buffer.from([0x90, 0x80, 0x91, 0x22])]],
    ['with a descriptor that is cut off', [Buffer.from([0x90])]],
    ['that is a keyframe without a start code', packets(Buffer.from(KEYFRAME).fill(0, 3, 6))],
    ['that is a keyframe of no size', packets(Buffer.from(KEYFRAME).fill(0, 6, 8))],
    [
      'that is a keyframe of a profile that does not exist',
      packets(Buffer.concat([Buffer.from([0x1a]), KEYFRAME.subarray(1)])),
    ],
    ['that is a keyframe of a few bytes', packets(KEYFRAME.subarray(0, 9))],
  ])('refuses a picture %s', (_, payloads) => {
    expect(format.assemble(payloads)).toBe('broken');
  });
});
