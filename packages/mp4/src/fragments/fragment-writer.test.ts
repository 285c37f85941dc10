import { initSegment } from './init-segment.ts';
import { describe, expect, it } from 'vitest';
import { fragment, type Sample } from './fragment-writer.ts';
import { boxes, find } from '../testing/read-boxes.ts';

const VIDEO = {
  width: 1280,
  height: 720,
  sampleEntry: 'vp09',
  configBox: Buffer.concat([Buffer.from([0, 0, 0, 12]), Buffer.from('vpcC'), Buffer.from([1, 2, 3, 4])]),
} as const;

const sample = (decodeTime: number, duration: number, isKey: boolean, ...chunks: string[]): Sample => ({
  decodeTime,
  duration,
  isKey,
  chunks: chunks.map((chunk) => Buffer.from(chunk)),
  sizeBytes: chunks.join('').length,
});

describe('initSegment', () => {
  const init = initSegment(VIDEO, true);
  const sampleEntries = find(init, 'moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd').map((body) =>
    body.subarray(8),
  );

  it('has a video and an audio track with the same ids in trak and trex', () => {
    expect(boxes(init).map(({ type }) => type)).toEqual(['ftyp', 'moov']);
    expect(find(init, 'moov', 'trak', 'tkhd').map((body) => body.readUInt32BE(12))).toEqual([1, 2]);
    expect(find(init, 'moov', 'mvex', 'trex').map((body) => body.readUInt32BE(4))).toEqual([1, 2]);
    expect(find(init, 'moov', 'trak', 'mdia', 'mdhd').map((body) => body.readUInt32BE(12))).toEqual([
      90_000, 48_000,
    ]);
  });

  it('carries codec, size and configuration of the video', () => {
    const [entry] = boxes(sampleEntries[0] ?? Buffer.alloc(0));
    expect(entry?.type).toBe('vp09');
    expect([entry?.body.readUInt16BE(24), entry?.body.readUInt16BE(26)]).toEqual([1280, 720]);
    expect(entry?.body.subarray(78)).toEqual(VIDEO.configBox);
  });

  it('declares Opus, stereo, 48 kHz and no pre-skip', () => {
    const [opus] = boxes(sampleEntries[1] ?? Buffer.alloc(0));
    expect(opus?.type).toBe('Opus');
    const [dOps] = find(opus?.body.subarray(28) ?? Buffer.alloc(0), 'dOps');
    expect(dOps?.toString('hex')).toBe('000200000000bb80000000');
  });

  it('has only a video track when no sound was shared', () => {
    const silent = initSegment(VIDEO, false);
    expect(find(silent, 'moov', 'trak')).toHaveLength(1);
    expect(find(silent, 'moov', 'mvex', 'trex')).toHaveLength(1);
  });
});

describe('fragment', () => {
  const video = [sample(2 ** 33, 6000, true, 'IDR', '!'), sample(2 ** 33 + 6000, 7000, false, 'P')];
  const audio = [sample(480, 960, true, 'opus')];

  it.each([
    ['both tracks', video, audio],
    ['video alone', video, []],
    ['audio alone', [], audio],
  ])('points at the payload of each sample: %s', (_, pictures, sounds) => {
    const { chunks, sizeBytes } = fragment(7, pictures, sounds);
    const data = Buffer.concat(chunks);
    expect(data.length).toBe(sizeBytes);
    expect(boxes(data).map(({ type }) => type)).toEqual(['moof', 'mdat']);
    const payloads = find(data, 'moof', 'traf', 'trun').map((trun) => {
      let at = trun.readInt32BE(8);
      return Array.from({ length: trun.readUInt32BE(4) }, (_unused, i) => {
        const size = trun.readUInt32BE(12 + i * 12 + 4);
        const payload = data.toString('latin1', at, at + size);
        at += size;
        return payload;
      });
    });
    const expected = [pictures, sounds].filter((samples) => samples.length > 0);
    expect(payloads).toEqual(
      expected.map((samples) => samples.map(({ chunks: c }) => Buffer.concat(c).toString())),
    );
  });

  it('carries times, durations and which samples are keyframes', () => {
    const data = Buffer.concat(fragment(7, video, audio).chunks);
    expect(find(data, 'moof', 'mfhd')[0]?.readUInt32BE(4)).toBe(7);
    expect(find(data, 'moof', 'traf', 'tfdt').map((tfdt) => Number(tfdt.readBigUInt64BE(4)))).toEqual([
      2 ** 33,
      480,
    ]);
    const [run] = find(data, 'moof', 'traf', 'trun');
    expect([run?.readUInt32BE(12), run?.readUInt32BE(24)]).toEqual([6000, 7000]);
    expect([run?.readUInt32BE(20), run?.readUInt32BE(32)]).toEqual([0x02000000, 0x01010000]);
  });

  it('says at which offset the last picture’s duration lies', () => {
    const { chunks, lastPictureDurationAt } = fragment(1, video, audio);
    expect(Buffer.concat(chunks).readUInt32BE(lastPictureDurationAt ?? 0)).toBe(7000);
    expect(fragment(1, [], audio).lastPictureDurationAt).toBeUndefined();
  });
});
