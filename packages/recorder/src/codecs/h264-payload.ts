import type { VideoConfig } from '@hindsight/mp4/fragments/video-config';
import { parseSps, type SpsInfo } from './h264-sps.ts';
import { box, bytes, uint16, uint32 } from '@hindsight/mp4/boxes/box-writer';
import type { PayloadFormat } from './picture-assembler.ts';
import type { Picture } from './picture.ts';

const NAL = { slice: 1, idr: 5, sps: 7, pps: 8, delimiter: 9, filler: 12, stapA: 24, fuA: 28 } as const;

/** A NAL unit. Its bytes stay in pieces, so that they aren't copied before they are kept. */
interface NalUnit {
  type: number;
  chunks: readonly Buffer[];
}

const typeOf = (payload: Buffer): number => (payload[0] ?? 0) & 0x1f;

/** No encoder cuts a picture into this many slices; each costs more memory than its bytes. */
const MAX_NALS = 4096;
/** In MP4, the length of a parameter set has 16 bits and their number 5 bits. */
const MAX_PARAMETER_SET_BYTES = 0xffff;
const MAX_PARAMETER_SETS = 31;

/**
 * Reads H.264 from RTP (RFC 6184): single NAL units (mode 0), STAP-A and FU-A (mode 1). Keyframes always carry their
 * parameter sets, taken from an earlier picture where an encoder leaves them out: otherwise a player could not go on where a
 * clip joins two resolutions.
 */
export class H264Payload implements PayloadFormat {
  private spsNals: Buffer[] = [];
  private ppsNals: Buffer[] = [];

  startsKeyframe(payload: Buffer): boolean {
    // Parameter sets come first, and only in front of a keyframe.
    const first = typeOf(payload) === NAL.stapA ? payload.subarray(3) : payload;
    return typeOf(first) === NAL.sps;
  }

  assemble(payloads: readonly Buffer[]): Picture | 'empty' | 'broken' {
    const nals = readNals(payloads);
    if (nals === null || nals.length > MAX_NALS) return 'broken';
    const own = { sps: ofType(nals, NAL.sps), pps: ofType(nals, NAL.pps) };
    if (own.sps.length > 0) this.spsNals = own.sps;
    if (own.pps.length > 0) this.ppsNals = own.pps;
    if (!nals.some(isSlice)) return 'empty';
    if (!nals.some(({ type }) => type === NAL.idr)) return { isKey: false, chunks: withLengths(nals) };

    const config = configOf(this.spsNals, this.ppsNals);
    if (config === null) return 'broken';
    const missing = [
      ...(own.sps.length === 0 ? this.spsNals : []),
      ...(own.pps.length === 0 ? this.ppsNals : []),
    ].map(wholeUnit);
    return { isKey: true, config, chunks: withLengths([...missing, ...nals]) };
  }
}

const wholeUnit = (unit: Buffer): NalUnit => ({ type: typeOf(unit), chunks: [unit] });

/** Returns the bytes of all units of a type. */
function ofType(nals: readonly NalUnit[], type: number): Buffer[] {
  return nals.filter((nal) => nal.type === type).map(({ chunks }) => Buffer.concat(chunks));
}

const isSlice = ({ type }: NalUnit): boolean => type >= NAL.slice && type <= NAL.idr;

/** Puts a 32-bit length in front of each NAL unit, as samples have it (ISO/IEC 14496-15, 5.3.3.1.2). */
const withLengths = (nals: readonly NalUnit[]): Buffer[] =>
  nals.flatMap(({ chunks }) => [uint32(chunks.reduce((sum, { length }) => sum + length, 0)), ...chunks]);

/** Returns the NAL units of a picture; null when one is incomplete or of a kind that isn't negotiated. */
function readNals(payloads: readonly Buffer[]): NalUnit[] | null {
  const nals: NalUnit[] = [];
  let fragments: Buffer[] | undefined;
  for (const payload of payloads) {
    const type = typeOf(payload);
    if (type === NAL.fuA) {
      fragments = addFragment(fragments, payload);
      if (fragments === undefined) return null;
      if (!isLastFragment(payload)) continue;
      nals.push({ type: typeOf(fragments[0] ?? payload), chunks: fragments });
      fragments = undefined;
      continue;
    }
    // The fragments of a unit follow each other, with nothing between them.
    if (fragments !== undefined) return null;
    if (type === NAL.stapA) {
      const units = splitAggregate(payload);
      if (units === null) return null;
      nals.push(...units.map(wholeUnit));
    } else if (type > 0 && type < NAL.stapA) {
      nals.push(wholeUnit(payload));
    } else {
      return null;
    }
  }
  if (fragments !== undefined) return null;
  return nals.filter(({ type }) => type !== NAL.delimiter && type !== NAL.filler);
}

/**
 * Splits a STAP-A (RFC 6184, 5.7.1): several small NAL units, each after its 16-bit length. Returns null when it is
 * malformed.
 */
function splitAggregate(payload: Buffer): Buffer[] | null {
  const nals: Buffer[] = [];
  let at = 1;
  while (at + 2 <= payload.length) {
    const length = payload.readUInt16BE(at);
    if (length === 0 || at + 2 + length > payload.length) return null;
    nals.push(payload.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return at === payload.length ? nals : null;
}

/**
 * Adds an FU-A (RFC 6184, 5.8), a fragment of a NAL unit that doesn't fit into one packet. Returns undefined when it isn't
 * the next one.
 */
function addFragment(fragments: Buffer[] | undefined, payload: Buffer): Buffer[] | undefined {
  const [indicator = 0, header = 0] = payload;
  const isStart = (header & 0x80) !== 0;
  if (payload.length <= 2 || isStart !== (fragments === undefined)) return undefined;
  const nalHeader = Buffer.from([(indicator & 0xe0) | (header & 0x1f)]);
  const next = fragments ?? [nalHeader];
  next.push(payload.subarray(2));
  return next;
}

const isLastFragment = (payload: Buffer): boolean => ((payload[1] ?? 0) & 0x40) !== 0;

/** Returns the video configuration; null without valid parameter sets. */
function configOf(spsNals: readonly Buffer[], ppsNals: readonly Buffer[]): VideoConfig | null {
  const [sps] = spsNals;
  const info = sps === undefined ? null : parseSps(sps);
  const all = [...spsNals, ...ppsNals];
  const isTooMany = Math.max(spsNals.length, ppsNals.length) > MAX_PARAMETER_SETS;
  const isTooLong = all.some(({ length }) => length > MAX_PARAMETER_SET_BYTES);
  if (sps === undefined || info === null || ppsNals.length === 0 || isTooMany || isTooLong) return null;
  return {
    width: info.width,
    height: info.height,
    sampleEntry: 'avc1',
    configBox: avcC(sps, info, spsNals, ppsNals),
  };
}

/** Writes the avcC box (ISO/IEC 14496-15, 5.3.3.1). */
function avcC(sps: Buffer, info: SpsInfo, spsNals: readonly Buffer[], ppsNals: readonly Buffer[]): Buffer {
  const lengthsOf4Bytes = 0xff;
  const listed = (nals: readonly Buffer[]) => nals.flatMap((nal) => [uint16(nal.length), nal]);
  const { chroma } = info;
  const highProfile =
    chroma === null
      ? []
      : [bytes(0xfc | chroma.format, 0xf8 | (chroma.lumaBits - 8), 0xf8 | (chroma.chromaBits - 8), 0)];
  return box(
    'avcC',
    bytes(1),
    sps.subarray(1, 4), // profile, constraints, level
    bytes(lengthsOf4Bytes, 0xe0 | spsNals.length),
    ...listed(spsNals),
    bytes(ppsNals.length),
    ...listed(ppsNals),
    ...highProfile,
  );
}
