import { crc32 } from 'node:zlib';
import { KiB, MiB } from '@hindsight/shared/units';
import { box, uint32 } from '../boxes/box-writer.ts';

/** A fragment of a segment: where it begins in the file, and its moof, which says where each of its samples lies. */
export interface IndexedFragment {
  position: number;
  /** The whole box. */
  moof: Buffer;
}

/** Tells the box from others of its kind (ISO/IEC 14496-12, 11.1). Players pass over it. */
const INDEX_UUID = Buffer.from('86b1c1a45f9d4b5b9f2c6a1d0e7735c2', 'hex');
const HEADER_BYTES = 8;
/** CRC-32 of the UUID and the rows, and the size of the box: it is found from the file's end. */
const FOOTER_BYTES = 8;
const MIN_INDEX_BYTES = HEADER_BYTES + INDEX_UUID.length + FOOTER_BYTES;
/** A segment of four seconds needs some 10 KB; one that never ends does without. */
export const MAX_INDEX_BYTES = 4 * MiB;
/** The indexes of nearly all segments are in their last bytes, this many. */
export const SEGMENT_END_BYTES = 16 * KiB;

/**
 * The last box of a closed segment: copies of its moofs, so that one read at the end of the file finds all samples. A row is
 * a fragment's position (32 bit, big-endian) and its moof.
 */
export function segmentIndexBox(fragments: readonly IndexedFragment[]): Buffer {
  const rows = fragments.flatMap(({ position, moof }) => [uint32(position), moof]);
  const covered = Buffer.concat([INDEX_UUID, ...rows]);
  const sizeBytes = HEADER_BYTES + covered.length + FOOTER_BYTES;
  return box('uuid', covered, uint32(crc32(covered), sizeBytes));
}

/**
 * How long the index is that a segment ends with, if it does: whether it is one, only `parseSegmentIndex` knows. Null when
 * there can be none.
 * @param end the last bytes of a segment of `segmentBytes`
 */
export function segmentIndexBytes(end: Buffer, segmentBytes: number): number | null {
  if (end.length < MIN_INDEX_BYTES) return null;
  const sizeBytes = end.readUInt32BE(end.length - 4);
  const isPossible = sizeBytes >= MIN_INDEX_BYTES && sizeBytes <= Math.min(segmentBytes, MAX_INDEX_BYTES);
  return isPossible ? sizeBytes : null;
}

/**
 * The fragments of an index, in the order of the file. Null when it is none, or damaged: then the segment itself says where
 * they are.
 * @param bytes the box and nothing else
 */
export function parseSegmentIndex(bytes: Buffer): IndexedFragment[] | null {
  if (bytes.length < MIN_INDEX_BYTES) return null;
  const footer = bytes.length - FOOTER_BYTES;
  const covered = bytes.subarray(HEADER_BYTES, footer);
  const isIndex =
    bytes.readUInt32BE(0) === bytes.length &&
    bytes.readUInt32BE(bytes.length - 4) === bytes.length &&
    bytes.toString('latin1', 4, HEADER_BYTES) === 'uuid' &&
    covered.subarray(0, INDEX_UUID.length).equals(INDEX_UUID) &&
    crc32(covered) === bytes.readUInt32BE(footer);
  return isIndex ? readRows(covered.subarray(INDEX_UUID.length)) : null;
}

function readRows(rows: Buffer): IndexedFragment[] | null {
  const fragments: IndexedFragment[] = [];
  for (let at = 0; at < rows.length;) {
    if (at + 4 + HEADER_BYTES > rows.length) return null;
    const sizeBytes = rows.readUInt32BE(at + 4);
    const end = at + 4 + sizeBytes;
    if (sizeBytes < HEADER_BYTES || end > rows.length) return null;
    fragments.push({ position: rows.readUInt32BE(at), moof: rows.subarray(at + 4, end) });
    at = end;
  }
  return fragments;
}
