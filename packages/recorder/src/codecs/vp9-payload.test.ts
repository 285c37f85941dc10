import { describe, expect, it } from 'vitest';
import { Vp9Packetizer } from 'werift';
import { pictureOf } from '../testing/picture-of.ts';
import { parseVp9Descriptor } from './vp9-descriptor.ts';
import { Vp9Payload } from './vp9-payload.ts';

/** The beginnings of keyframes of libvpx, 320x180: profile 0 (8 bits, 4:2:0), 1 (4:4:4), 2 (10 bits). */
const KEYFRAME = Buffer.from('824983420013f00b360838241c185800010047d8fd620cdbe9cc36', 'hex');
const KEYFRAME_444 = Buffer.from('a249834200027e0166c1070483830b00002047d8fd620cdbe9cc36', 'hex');
const KEYFRAME_10_BITS = Buffer.from('924983420009f8059b041c120e0c3200005847d8c1a075ed1d85fa', 'hex');
const DELTA = Buffer.from('860040929c2c4b00000370000055d96c80', 'hex');

const format = new Vp9Payload();
const packets = (frame: Buffer, maxPayloadSize = 1200): Buffer[] =>
  new Vp9Packetizer({ maxPayloadSize }).packetize(frame, 0).map(({ payload }) => payload);
const sampleOf = (payloads: Buffer[]): Buffer => Buffer.concat([...pictureOf(format, payloads).chunks]);

function configOf(payloads: Buffer[]) {
  const picture = pictureOf(format, payloads);
  if (!picture.isKey) throw new Error('not a keyframe');
  return picture.config;
}

const START_AND_END = 0x0c;
/** A scalability structure with the sizes of three layers, without a description of the pictures. */
const STRUCTURE = [0x50, 0, 80, 0, 45, 0, 160, 0, 90, 1, 64, 0, 180];

/** Builds one frame of a spatial layer, in flexible mode as Chromium sends it. */
function layer(spatialLayer: number, frame: Buffer, isKey = false): Buffer {
  const hasStructure = isKey && spatialLayer === 0;
  const flags = 0x80 | 0x20 | 0x10 | START_AND_END | (isKey ? 0 : 0x40) | (hasStructure ? 0x02 : 0);
  return Buffer.concat([
    Buffer.from([flags, 0x81, 0x23, (spatialLayer << 1) | (spatialLayer > 0 ? 1 : 0)]),
    Buffer.from(isKey ? [] : [0x02]),
    Buffer.from(hasStructure ? STRUCTURE : []),
    frame,
  ]);
}

describe('VP9 in RTP', () => {
  it.each([
    ['8 bits, 4:2:0', KEYFRAME, '010000000014820202020000'],
    ['8 bits, 4:4:4', KEYFRAME_444, '010000000114860202020000'],
    ['10 bits', KEYFRAME_10_BITS, '010000000214a20202020000'],
  ])('describes a keyframe of %s', (_, frame, vpcC) => {
    const config = configOf(packets(frame));
    expect(config).toMatchObject({ width: 320, height: 180, sampleEntry: 'vp09' });
    expect(config.configBox.toString('hex', 8)).toBe(vpcC);
  });

  it.each([2, 9, 1200])('joins what was cut into packets of %i bytes', (size) => {
    expect(sampleOf(packets(KEYFRAME, size))).toEqual(KEYFRAME);
    expect(sampleOf(packets(DELTA, size))).toEqual(DELTA);
    expect(pictureOf(format, packets(DELTA, size)).isKey).toBe(false);
  });

  it.each([
    ['nothing', [START_AND_END]],
    ['a short picture id', [0x80 | START_AND_END, 0x11]],
    ['a long picture id', [0x80 | START_AND_END, 0x91, 0x22]],
    ['layers and TL0PICIDX', [0x20 | START_AND_END, 0x20, 0x07]],
    ['three references', [0x50 | START_AND_END, 0x03, 0x05, 0x06]],
    ['sizes', [0x02 | START_AND_END, ...STRUCTURE]],
    ['a group of pictures', [0x02 | START_AND_END, 0x08, 2, 0x04, 1, 0x08, 1, 2]],
  ])('reads a payload descriptor with %s', (_, descriptor) => {
    expect(parseVp9Descriptor(Buffer.from([...descriptor, 0x86, 1]))?.data).toEqual(Buffer.from([0x86, 1]));
  });

  it('takes the size of the highest layer and adds an index of where the frames begin', () => {
    const frames = [KEYFRAME, DELTA, DELTA];
    const all = frames.map((frame, i) => layer(i, frame, true));
    expect(configOf(all)).toMatchObject({ width: 320, height: 180 });
    expect(configOf(all.slice(0, 2))).toMatchObject({ width: 160, height: 90 });
    const sizes = [KEYFRAME.length, DELTA.length, DELTA.length];
    expect(sampleOf(all)).toEqual(Buffer.concat([...frames, Buffer.from([0xc2, ...sizes, 0xc2])]));
  });

  it('writes sizes of more than a byte into the index', () => {
    const frames = [Buffer.concat([KEYFRAME, Buffer.alloc(300)]), DELTA];
    const sample = sampleOf(frames.map((frame, i) => layer(i, frame, true)));
    expect(sample.subarray(-6)).toEqual(
      Buffer.from([0xc9, frames[0]?.length ?? 0, 1, DELTA.length, 0, 0xc9]).fill(
        (300 + KEYFRAME.length) & 255,
        1,
        2,
      ),
    );
  });

  it('needs no index for the top layer alone', () => {
    expect(sampleOf([layer(2, DELTA)])).toEqual(DELTA);
  });

  it('tells the start of a keyframe from anything else', () => {
    const [start, next] = packets(KEYFRAME, 20);
    const starts = [
      start,
      next,
      packets(DELTA)[0],
      layer(0, KEYFRAME, true),
      layer(1, DELTA, true),
      Buffer.alloc(0),
    ];
    expect(starts.map((payload) => format.startsKeyframe(payload ?? Buffer.alloc(0)))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['without its first packet', packets(KEYFRAME, 20).slice(1)],
    ['without its last packet', packets(KEYFRAME, 20).slice(0, -1)],
    ['whose second layer has no start', [layer(0, DELTA), Buffer.from([0x20, 0x02, 0, 1])]],
    ['that begins again before its end', [...packets(KEYFRAME, 20).slice(0, 1), ...packets(DELTA)]],
    ['with a descriptor alone', [Buffer.from([START_AND_END])]],
    ['with endless references', [Buffer.from([0x50 | START_AND_END, 0xff, 0xff, 0xff])]],
    ['with a structure that is cut off', [Buffer.from([0x02 | START_AND_END, 0xf8, 0xff])]],
    ['of no VP9 frame', packets(Buffer.from([0x02, 1, 2]))],
    ['with a keyframe without its sync code', packets(Buffer.from(KEYFRAME).fill(0, 1, 2))],
    ['with a keyframe that is cut off', packets(KEYFRAME.subarray(0, 7))],
    ['of more layers than VP9 has', Array.from({ length: 9 }, () => layer(0, DELTA))],
  ])('refuses a picture %s', (_, payloads) => {
    expect(format.assemble(payloads)).toBe('broken');
  });
});
