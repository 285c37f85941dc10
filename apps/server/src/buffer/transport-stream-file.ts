import { open } from 'node:fs/promises';
import {
  lastPictureSeconds,
  readTransportStreamHead,
  TRANSPORT_PACKET_BYTES,
  type TransportStreamHead,
} from './transport-stream.ts';

/** The first keyframe and the first sound are nearly always within this; sound stands behind the keyframe. */
const HEAD_BYTES = 256 * 1024;
/** A keyframe of the largest share is smaller than this. */
const LONG_HEAD_BYTES = 4 * 1024 * 1024;

/** The last pictures begin within this. */
const TAIL_BYTES = 512 * 1024;

/** Reads when the last picture of an MPEG-TS file is shown, on the timeline of its own timestamps; null when there is none. */
export async function readLastPictureSeconds(path: string): Promise<number | null> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const aligned = Math.ceil(start / TRANSPORT_PACKET_BYTES) * TRANSPORT_PACKET_BYTES;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - aligned), 0, size - aligned, aligned);
    return lastPictureSeconds(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Reads what the beginning of an MPEG-TS file tells of its media. */
export async function readTransportStreamHeadOf(path: string): Promise<TransportStreamHead> {
  const file = await open(path);
  try {
    const read = async (bytes: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
      return readTransportStreamHead(buffer.subarray(0, bytesRead));
    };
    const head = await read(HEAD_BYTES);
    return head.configuration === null ? await read(LONG_HEAD_BYTES) : head;
  } finally {
    await file.close();
  }
}
