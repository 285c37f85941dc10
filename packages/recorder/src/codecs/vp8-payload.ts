import type { VideoConfig } from '@hindsight/mp4/fragments/video-config';
import type { PayloadFormat } from './picture-assembler.ts';
import { firstBytes, type Picture } from './picture.ts';
import { vpxConfig } from './vpx-config.ts';

const START_CODE = Buffer.from([0x9d, 0x01, 0x2a]);
/** The header has a frame tag, a start code, width and height (RFC 6386, 9.1). */
const KEYFRAME_HEADER_BYTES = 10;

/** Reads VP8 from RTP (RFC 7741). */
export class Vp8Payload implements PayloadFormat {
  startsKeyframe(payload: Buffer): boolean {
    const part = readPayload(payload);
    return part !== null && part.isStart && isKeyframe(part.data);
  }

  assemble(payloads: readonly Buffer[]): Picture | 'empty' | 'broken' {
    const chunks: Buffer[] = [];
    for (const [index, payload] of payloads.entries()) {
      const part = readPayload(payload);
      if (part === null || part.isStart !== (index === 0)) return 'broken';
      chunks.push(part.data);
    }
    const [first] = chunks;
    if (first === undefined) return 'empty';
    if (!isKeyframe(first)) return { isKey: false, chunks };
    const config = configOf(firstBytes(chunks, KEYFRAME_HEADER_BYTES));
    return config === null ? 'broken' : { isKey: true, config, chunks };
  }
}

/**
 * Removes the payload descriptor (RFC 7741, 4.2). Returns null when nothing follows it. This is our own code because werift
 * reads T and K as if both came with a layer index.
 */
function readPayload(payload: Buffer): { isStart: boolean; data: Buffer } | null {
  const [first = 0, extensions = 0] = payload;
  let at = 1;
  if ((first & 0x80) !== 0) {
    at = 2;
    const hasLongPictureId = ((payload[at] ?? 0) & 0x80) !== 0;
    if ((extensions & 0x80) !== 0) at += hasLongPictureId ? 2 : 1;
    if ((extensions & 0x40) !== 0) at += 1; // TL0PICIDX
    if ((extensions & 0x30) !== 0) at += 1; // TID, Y, KEYIDX
  }
  if (at >= payload.length) return null;
  const isPartitionStart = (first & 0x10) !== 0;
  const partition = first & 0x07;
  return { isStart: isPartitionStart && partition === 0, data: payload.subarray(at) };
}

const isKeyframe = (frame: Buffer): boolean => ((frame[0] ?? 1) & 1) === 0;

/** Returns the video configuration; null when the bytes aren't the header of a keyframe (RFC 6386, 9.1). */
function configOf(frame: Buffer): VideoConfig | null {
  if (frame.length < KEYFRAME_HEADER_BYTES || !frame.subarray(3, 6).equals(START_CODE)) return null;
  const profile = ((frame[0] ?? 0) >> 1) & 0x07;
  const width = frame.readUInt16LE(6) & 0x3fff;
  const height = frame.readUInt16LE(8) & 0x3fff;
  if (profile > 3 || width === 0 || height === 0) return null;
  return vpxConfig(
    'vp08',
    { width, height },
    {
      profile,
      bitDepth: 8,
      chromaSubsampling: 1,
      isFullRange: false,
    },
  );
}
