import { open, type FileHandle } from 'node:fs/promises';
import {
  parseSegmentIndex,
  SEGMENT_END_BYTES,
  segmentIndexBytes,
} from '@hindsight/mp4/fragments/segment-index-box';
import { TRANSPORT_PACKET_BYTES } from './transport-stream.ts';
import { boxAt } from '@hindsight/mp4/boxes/box-reader';

const BOX_HEADER_BYTES = 16;

/**
 * Says whether a segment file ends where its media does. A crash or a full disk can leave a file shorter than its
 * playlist says: an MPEG-TS file then ends inside a packet, an MP4 file inside a box (ISO/IEC 14496-12, 4.2). Segments of
 * our recorder normally end with an index. When the index is missing, or longer than what is read at the end, all boxes
 * are walked.
 */
export async function isWholeSegment(path: string, sizeBytes: number): Promise<boolean> {
  if (sizeBytes === 0) return false;
  if (path.endsWith('.ts')) return sizeBytes % TRANSPORT_PACKET_BYTES === 0;
  const file = await open(path);
  try {
    if (await hasIndex(file, sizeBytes)) return true;
    const header = Buffer.alloc(BOX_HEADER_BYTES);
    let position = 0;
    while (position < sizeBytes) {
      const { bytesRead } = await file.read(header, 0, BOX_HEADER_BYTES, position);
      // No recorder writes a size of 0, which means "to the end of the file".
      const box = boxAt(header.subarray(0, bytesRead), 0);
      if (box === null) return false;
      position += box.end;
    }
    return position === sizeBytes;
  } finally {
    await file.close();
  }
}

async function hasIndex(file: FileHandle, sizeBytes: number): Promise<boolean> {
  const end = Buffer.alloc(Math.min(SEGMENT_END_BYTES, sizeBytes));
  const { bytesRead } = await file.read(end, 0, end.length, sizeBytes - end.length);
  const indexBytes = bytesRead === end.length ? segmentIndexBytes(end, sizeBytes) : null;
  return indexBytes !== null && parseSegmentIndex(end.subarray(-indexBytes)) !== null;
}
