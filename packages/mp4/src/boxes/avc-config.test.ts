import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeParameterSetId, joinParameterSets, readAvcConfig, type AvcConfig } from './avc-config.ts';
import { avcEntry } from '../testing/samples.ts';
import { box } from './box-writer.ts';

const hex = (bytes: string) => Buffer.from(bytes.replaceAll(' ', ''), 'hex');

/** Builds an entry whose only parameter sets have the ids 5 (ue(v) 00110) and 2 (011); `extension` follows them. */
function otherEntry(profile: string, level: string, extension = ''): Buffer {
  const avcC = hex(`01 ${profile}40${level} ff e1 0005 67${profile}40${level}35 01 0002 6874 ${extension}`);
  return box('avc1', avcEntry(1280, 720).subarray(8, 86), box('avcC', avcC));
}

function read(entry: Buffer): AvcConfig {
  const config = readAvcConfig(entry);
  if (config === null) throw new Error('it can be read');
  return config;
}

describe('the parameter sets of a sample entry', () => {
  it('are read', () => {
    expect(read(avcEntry(1280, 720))).toEqual({
      ...{ profile: 0x42, compatibility: 0xc0, level: 0x1f, lengthBytes: 4 },
      sps: [hex('6742c01f')],
      pps: [hex('68ce3c80')],
      extension: Buffer.alloc(0),
    });
  });

  it('have ids, and the lowest unused one is found', () => {
    const config = { ...read(avcEntry(1280, 720)), sps: [hex('6742c01f da')] };
    // Both ids are 0.
    expect(freeParameterSetId(config)).toBe(1);
    // The SPS have the ids 0 and 1, the PPS 0 and 2.
    const more = { sps: [hex('6742c01f da'), hex('6742c01f 4a')], pps: [hex('68ce3c80'), hex('6874')] };
    expect(freeParameterSetId({ ...config, ...more })).toBe(3);
    expect(freeParameterSetId(read(otherEntry('4d', '28')))).toBe(0);
  });

  it('leave no id free when there are too many of them or they are unreadable', () => {
    const config = read(otherEntry('42', '1f'));
    const many = Array<Buffer>(31).fill(hex('6742c01fda'));
    expect(freeParameterSetId({ ...config, sps: many })).toBeNull();
    expect(freeParameterSetId({ ...config, sps: [hex('6742c01f 000000')] })).toBeNull();
    expect(freeParameterSetId({ ...config, pps: [hex('68')] })).toBeNull();
  });

  it('are joined into one entry whose profile and level suit both', () => {
    const high = otherEntry('64', '28', 'fdf8f800');
    const joined = joinParameterSets(avcEntry(1280, 720), high);
    expect(joined.readUInt32BE(0)).toBe(joined.length);
    expect(joined.subarray(8, 86)).toEqual(avcEntry(1280, 720).subarray(8, 86));
    expect(read(joined)).toEqual({
      ...{ profile: 0x64, compatibility: 0x40, level: 0x28, lengthBytes: 4 },
      sps: [hex('6742c01f'), hex('67 644028 35')],
      pps: [hex('68ce3c80'), hex('6874')],
      extension: hex('fdf8f800'),
    });
    expect(read(joinParameterSets(high, avcEntry(1280, 720)))).toMatchObject({
      profile: 0x64,
      extension: hex('fdf8f800'),
    });
  });

  it('keep the other boxes of the entry when they are joined', () => {
    const entry = Buffer.concat([avcEntry(1280, 720), box('pasp', hex('0000000400000003'))]);
    entry.writeUInt32BE(entry.length, 0);
    const joined = joinParameterSets(entry, otherEntry('42', '1f'));
    expect(joined.subarray(-16)).toEqual(box('pasp', hex('0000000400000003')));
  });

  it('are null for other codecs and for damaged entries, never an error', () => {
    const entry = avcEntry(1280, 720);
    expect(readAvcConfig(box('hvc1', entry.subarray(8)))).toBeNull();
    expect(readAvcConfig(entry.subarray(0, 40))).toBeNull();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(entry.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (damage) => {
          const damaged = Buffer.from(entry);
          for (const [at, value] of damage) damaged[at] = value;
          const config = readAvcConfig(damaged);
          if (config !== null) freeParameterSetId(config);
        },
      ),
      { numRuns: 500 },
    );
  });
});
