import { BitReader, nullIfTruncated } from './bit-reader.ts';
import { box } from './box-writer.ts';
import { findBox, type Box } from './box-reader.ts';

/** An avcC box tells a decoder what it needs before the first sample of an avc1 track (ISO/IEC 14496-15, 5.3.3.1). */
export interface AvcConfig {
  profile: number;
  compatibility: number;
  level: number;
  /** Each NAL unit is preceded by its length, which takes this many bytes. */
  lengthBytes: number;
  sps: readonly Buffer[];
  pps: readonly Buffer[];
  /** High profiles append these fields (chroma format and bit depths); empty for the others. */
  extension: Buffer;
}

/** A visual sample entry has these fixed fields in front of its child boxes (ISO/IEC 14496-12, 12.1.3). */
const ENTRY_FIELDS_BYTES = 8 + 78;
/** SPS ids end at this number (ISO/IEC 14496-10, 7.4.2.1.1), and avcC can't list more than this many sets. */
const MAX_PARAMETER_SETS = 31;
/** In an SPS, profile_idc, the constraints and level_idc precede the id (7.3.2.1.1); in a PPS, nothing does. */
const SPS_ID_OFFSET = 4;
const PPS_ID_OFFSET = 1;
/** This many bytes hold the Exp-Golomb code (9.1) of the highest PPS id, which is 255 (7.4.2.2). */
const MAX_ID_BYTES = 3;

/** Reads the avcC of a sample entry. Returns null when the entry isn't H.264 or is damaged. */
export function readAvcConfig(sampleEntry: Buffer): AvcConfig | null {
  const avcC = avcCOf(sampleEntry);
  return avcC === undefined ? null : parse(sampleEntry.subarray(avcC.body, avcC.end));
}

/** Returns an id that no parameter set of the configuration uses; null when none is left or the sets are unreadable. */
export function freeParameterSetId({ sps, pps }: AvcConfig): number | null {
  const used = [
    ...sps.map((nal) => readParameterSetId(nal, SPS_ID_OFFSET)),
    ...pps.map((nal) => readParameterSetId(nal, PPS_ID_OFFSET)),
  ];
  if (used.includes(null) || Math.max(sps.length, pps.length) >= MAX_PARAMETER_SETS) return null;
  for (let id = 0; id <= MAX_PARAMETER_SETS; id++) if (!used.includes(id)) return id;
  return null;
}

/**
 * Joins two sample entries into one for the pictures of two encoders, whose parameter sets must have different ids. One entry
 * is needed because some players play no track that has several.
 * @throws RangeError when one of the entries isn't H.264
 */
export function joinParameterSets(sampleEntry: Buffer, other: Buffer): Buffer {
  const [one, two] = [readAvcConfig(sampleEntry), readAvcConfig(other)];
  if (one === null || two === null) throw new RangeError('no avcC');
  return withAdded(sampleEntry, one, two);
}

/** Returns a sample entry that has the parameter sets of another configuration too. */
function withAdded(sampleEntry: Buffer, one: AvcConfig, two: AvcConfig): Buffer {
  const avcC = avcCOf(sampleEntry);
  if (avcC === undefined) throw new RangeError('no avcC');
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

/**
 * Joins two sample entries into one whose parameter sets are those of both, each once. Returns null when that can't be: one isn't
 * H.264 with lengths of the same size, or two different sets have the same id.
 */
export function distinctParameterSets(sampleEntry: Buffer, other: Buffer): Buffer | null {
  const [one, two] = [readAvcConfig(sampleEntry), readAvcConfig(other)];
  if (one === null || two === null || one.lengthBytes !== two.lengthBytes) return null;
  const isNew = (sets: readonly Buffer[]) => (set: Buffer) => !sets.some((known) => known.equals(set));
  const sps = two.sps.filter(isNew(one.sps));
  const pps = two.pps.filter(isNew(one.pps));
  const ids = (sets: readonly Buffer[], at: number) => sets.map((set) => readParameterSetId(set, at));
  const clashes = (known: readonly Buffer[], added: readonly Buffer[], at: number) => {
    const used = ids(known, at);
    return ids(added, at).some((id) => id === null || used.includes(id));
  };
  if (clashes(one.sps, sps, SPS_ID_OFFSET) || clashes(one.pps, pps, PPS_ID_OFFSET)) return null;
  if (Math.max(one.sps.length + sps.length, one.pps.length + pps.length) > MAX_PARAMETER_SETS) return null;
  return withAdded(sampleEntry, one, { ...two, sps, pps });
}

/**
 * Returns a sample entry with one picture parameter set alone, and the sequence parameter set that it names. Returns null when they
 * aren't there.
 */
export function parameterSetsOf(sampleEntry: Buffer, ppsId: number): Buffer | null {
  const [avcC, config] = [avcCOf(sampleEntry), readAvcConfig(sampleEntry)];
  if (avcC === undefined || config === null) return null;
  const pps = config.pps.find((set) => readParameterSetId(set, PPS_ID_OFFSET) === ppsId);
  // A PPS begins with its own id and that of its SPS (7.3.2.2).
  const spsId = pps === undefined ? null : nullIfTruncated(() => secondCode(pps));
  const sps = config.sps.find((set) => readParameterSetId(set, SPS_ID_OFFSET) === spsId);
  if (pps === undefined || sps === undefined) return null;
  // Profile, constraints and level are those of the set itself.
  const [, profile = 0, compatibility = 0, level = 0] = sps;
  const alone = write({ ...config, profile, compatibility, level, sps: [sps], pps: [pps] });
  const entry = Buffer.concat([sampleEntry.subarray(0, avcC.start), alone, sampleEntry.subarray(avcC.end)]);
  entry.writeUInt32BE(entry.length, 0);
  return entry;
}

function secondCode(pps: Buffer): number {
  const bits = new BitReader(pps.subarray(PPS_ID_OFFSET));
  bits.unsigned();
  return bits.unsigned();
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

/** Reads the id of a parameter set, which begins at a whole byte. Returns null when it is cut off or not a possible id. */
function readParameterSetId(nal: Buffer, at: number): number | null {
  return nullIfTruncated(() => new BitReader(nal.subarray(at, at + MAX_ID_BYTES)).unsigned());
}
