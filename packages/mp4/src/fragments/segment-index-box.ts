import { crc32 } from 'node:zlib';
import { KiB, MiB } from '@hindsight/shared/units';
import { box, uint32 } from '../boxes/box-writer.ts';

/** An indexed fragment has its position in the file and its moof, which says where each of its samples lies. */
export interface IndexedFragment {
  position: number;
  /** This is the whole moof box. */
  moof: Buffer;
}

/** This UUID tells our box from other uuid boxes (ISO/IEC 14496-12, 11.1), which players skip. */
const INDEX_UUID = Buffer.from('86b1c1a45f9d4b5b9f2c6a1d0e7735c2', 'hex');
const HEADER_BYTES = 8;
/** The box ends with a CRC-32 of the UUID and the rows, and its own size: it is found from the end of the file. */
const FOOTER_BYTES = 8;
const MIN_INDEX_BYTES = HEADER_BYTES + INDEX_UUID.length + FOOTER_BYTES;
/** A segment of four seconds needs some 10 KB for its index. A segment that grows very long gets no index. */
export const MAX_INDEX_BYTES = 4 * MiB;
/** Nearly all indexes fit into this many bytes at the end of a segment. */
export const SEGMENT_END_BYTES = 16 * KiB;

/**
 * Writes the segment index, the last box of a closed segment. It contains copies of the segment's moofs, so that one read at
 * the end of the file finds all samples. A row is a fragment's position (32 bit, big-endian) and its moof.
 */
export function segmentIndexBox(fragments: readonly IndexedFragment[]): Buffer {
  const rows = fragments.flatMap(({ position, moof }) => [uint32(position), moof]);
  const covered = Buffer.concat([INDEX_UUID, ...rows]);
  const sizeBytes = HEADER_BYTES + covered.length + FOOTER_BYTES;
  return box('uuid', covered, uint32(crc32(covered), sizeBytes));
}

/**
 * Returns the size of the index that a segment may end with; null when it can't end with one. Only `parseSegmentIndex` knows
 * whether it really is an index.
 * @param end the last bytes of a segment of `segmentBytes` bytes
 */
export function segmentIndexBytes(end: Buffer, segmentBytes: number): number | null {
  if (end.length < MIN_INDEX_BYTES) return null;
  const sizeBytes = end.readUInt32BE(end.length - 4);
  const isPossible = sizeBytes >= MIN_INDEX_BYTES && sizeBytes <= Math.min(segmentBytes, MAX_INDEX_BYTES);
  return isPossible ? sizeBytes : null;
}

/**
 * Reads the fragments of an index, in the order of the file. Returns null when the box is no index or is damaged: then the
 * segment's own boxes say where the fragments are.
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
