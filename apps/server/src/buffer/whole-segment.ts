import { open } from 'node:fs/promises';
import { boxAt } from './mp4-boxes.ts';

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
      // A size of 0, "to the end of the file", no recorder writes.
      const box = boxAt(header.subarray(0, bytesRead), 0);
      if (box === null) return false;
      position += box.end;
    }
    return position === sizeBytes;
  } finally {
    await file.close();
  }
}
