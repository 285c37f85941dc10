import { BitReader, orNullAtEnd } from './bit-reader.ts';
import { box } from './box-writer.ts';
import { findBox, type Box } from './box-reader.ts';

/** What a decoder is told before an avc1 sample: the avcC of its sample entry (ISO/IEC 14496-15, 5.3.3.1). */
export interface AvcConfig {
  profile: number;
  compatibility: number;
  level: number;
  /** Bytes of the length in front of each NAL unit. */
  lengthBytes: number;
  sps: readonly Buffer[];
  pps: readonly Buffer[];
  /** What some profiles have behind. */
  extension: Buffer;
}

/** ISO/IEC 14496-12, 12.1.3: what stands in a visual sample entry in front of its boxes. */
const ENTRY_FIELDS_BYTES = 8 + 78;
/** An SPS may have no other number (ISO/IEC 14496-10, 7.4.2.1.1), and there can't be more of them. */
const MAX_PARAMETER_SETS = 31;
/** Room for the Exp-Golomb code (9.1) of the highest number that a PPS can have: 255 (7.4.2.2). */
const MAX_NUMBER_BYTES = 3;

/** Null when the entry isn't one of H.264, or is damaged. */
export function readAvcConfig(sampleEntry: Buffer): AvcConfig | null {
  const avcC = avcCOf(sampleEntry);
  return avcC === undefined ? null : parse(sampleEntry.subarray(avcC.body, avcC.end));
}

/** A number that no parameter set of a configuration has; null when there is none left, or they make no sense. */
export function freeParameterSetId({ sps, pps }: AvcConfig): number | null {
  // profile_idc, the constraints and level_idc stand in front of the number of an SPS (7.3.2.1.1), nothing in front of a PPS's.
  const used = [...sps.map((nal) => readNumber(nal, 4)), ...pps.map((nal) => readNumber(nal, 1))];
  if (used.includes(null) || Math.max(sps.length, pps.length) >= MAX_PARAMETER_SETS) return null;
  for (let id = 0; id <= MAX_PARAMETER_SETS; id++) if (!used.includes(id)) return id;
  return null;
}

/**
 * A sample entry for pictures of two encoders, each of which has numbers of its own for its parameter sets. Players need to
 * know one description only: some of them play no track that has several.
 * @throws RangeError when one of them isn't H.264
 */
export function joinParameterSets(sampleEntry: Buffer, other: Buffer): Buffer {
  const [avcC, one, two] = [avcCOf(sampleEntry), readAvcConfig(sampleEntry), readAvcConfig(other)];
  if (avcC === undefined || one === null || two === null) throw new RangeError('no avcC');
  const isHigher = two.profile > one.profile;
  const joined = write({
    ...one,
    profile: Math.max(one.profile, two.profile),
    compatibility: one.compatibility & two.compatibility,
    level: Math.max(one.level, two.level),
    sps: [...one.sps, ...two.sps],
    pps: [...one.pps, ...two.pps],
    extension: isHigher ? two.extension : one.extension,
  });
  const entry = Buffer.concat([sampleEntry.subarray(0, avcC.start), joined, sampleEntry.subarray(avcC.end)]);
  entry.writeUInt32BE(entry.length, 0);
  return entry;
}

function avcCOf(sampleEntry: Buffer): Box | undefined {
  if (sampleEntry.toString('latin1', 4, 8) !== 'avc1') return undefined;
  return findBox(sampleEntry, { body: ENTRY_FIELDS_BYTES, end: sampleEntry.length }, 'avcC');
}

function parse(body: Buffer): AvcConfig | null {
  const [version, profile = 0, compatibility = 0, level = 0, lengthSize = 0, spsCount = 0] = body;
  let at = 6;
  const readSets = (count: number): Buffer[] =>
    Array.from({ length: count }, () => {
      const length = body.readUInt16BE(at);
      at += 2 + length;
      if (length === 0 || at > body.length) throw new RangeError('a parameter set is longer than its box');
      return body.subarray(at - length, at);
    });
  try {
    const sps = readSets(spsCount & 0x1f);
    const pps = readSets(body.readUInt8(at++));
    if (version !== 1 || sps.length === 0 || pps.length === 0) return null;
    const lengthBytes = (lengthSize & 3) + 1;
    return { profile, compatibility, level, lengthBytes, sps, pps, extension: body.subarray(at) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function write({ profile, compatibility, level, lengthBytes, sps, pps, extension }: AvcConfig): Buffer {
  const listed = (nals: readonly Buffer[]) =>
    nals.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 0xff]), nal]);
  const header = [1, profile, compatibility, level, 0xfc | (lengthBytes - 1), 0xe0 | sps.length];
  const listedSps = [Buffer.from(header), ...listed(sps)];
  return box('avcC', ...listedSps, Buffer.from([pps.length]), ...listed(pps), extension);
}

/** The number of a parameter set, which begins at a byte; null when it is cut, or none that such a number can be. */
function readNumber(nal: Buffer, at: number): number | null {
  return orNullAtEnd(() => new BitReader(nal.subarray(at, at + MAX_NUMBER_BYTES)).unsigned());
}
