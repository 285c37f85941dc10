import { open } from 'node:fs/promises';

const TS_PACKET_BYTES = 188;
const BOX_HEADER_BYTES = 16;

/**
 * Whether a segment file ends where its media does. A crash or a full disk can leave a shorter file than its playlist
 * tells of: an MPEG-TS file then ends inside a packet, an MP4 file inside a box (ISO/IEC 14496-12, 4.2).
 */
export async function isWholeSegment(path: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes === 0) return false;
  if (path.endsWith('.ts')) return sizeBytes % TS_PACKET_BYTES === 0;
  const file = await open(path);
  try {
    const header = Buffer.alloc(BOX_HEADER_BYTES);
    let position = 0;
    while (position < sizeBytes) {
      const { bytesRead } = await file.read(header, 0, BOX_HEADER_BYTES, position);
      const boxBytes = boxSize(header.subarray(0, bytesRead));
      if (boxBytes === null) return false;
      position += boxBytes;
    }
    return position === sizeBytes;
  } finally {
    await file.close();
  }
}

/** Size of the box that begins with these bytes; null when they can't begin one of a known size. */
function boxSize(header: Buffer): number | null {
  if (header.length < 8) return null;
  const size = header.readUInt32BE(0);
  if (size >= 8) return size;
  // Size 1: a 64-bit size follows the type. Size 0, "to the end of the file", no recorder writes.
  if (size !== 1 || header.length < BOX_HEADER_BYTES) return null;
  const largeSize = Number(header.readBigUInt64BE(8));
  return largeSize >= BOX_HEADER_BYTES ? largeSize : null;
}
