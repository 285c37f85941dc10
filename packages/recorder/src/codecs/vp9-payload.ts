import type { PictureSize } from '@hindsight/mp4/fragments/video-config';
import type { PayloadFormat } from './picture-assembler.ts';
import { firstBytes, type Picture } from './picture.ts';
import { parseVp9Descriptor } from './vp9-descriptor.ts';
import { parseVp9Header } from './vp9-header.ts';
import { vpxConfig } from './vpx-config.ts';

/** This is the frame of one spatial layer. */
interface LayerFrame {
  spatialLayer: number;
  chunks: Buffer[];
  sizeBytes: number;
}

/** This many bytes reach up to the size fields, whatever the profile (6.2). */
const KEYFRAME_HEADER_BYTES = 12;
/** A superframe has at most this many frames (VP9 bitstream specification, Annex B). */
const MAX_FRAMES = 8;

/**
 * Reads VP9 from RTP (RFC 9628). With spatial layers, a picture has one frame for each layer that LiveKit forwards; the
 * highest is shown.
 */
export class Vp9Payload implements PayloadFormat {
  startsKeyframe(payload: Buffer): boolean {
    const part = parseVp9Descriptor(payload);
    if (part === null || !part.isFrameStart || part.spatialLayer !== 0) return false;
    return parseVp9Header(part.data)?.isKey === true;
  }

  assemble(payloads: readonly Buffer[]): Picture | 'empty' | 'broken' {
    const frames: LayerFrame[] = [];
    let sizes: readonly PictureSize[] = [];
    let isInFrame = false;
    for (const payload of payloads) {
      const part = parseVp9Descriptor(payload);
      if (part === null || part.isFrameStart === isInFrame) return 'broken';
      if (part.isFrameStart) frames.push({ spatialLayer: part.spatialLayer, chunks: [], sizeBytes: 0 });
      const frame = frames.at(-1);
      if (frame === undefined || frame.spatialLayer !== part.spatialLayer) return 'broken';
      frame.chunks.push(part.data);
      frame.sizeBytes += part.data.length;
      isInFrame = !part.isFrameEnd;
      if (part.layerSizes.length > 0) sizes = part.layerSizes;
    }
    const [lowest] = frames;
    const highest = frames.at(-1);
    if (lowest === undefined || highest === undefined) return 'empty';
    const header = parseVp9Header(firstBytes(lowest.chunks, KEYFRAME_HEADER_BYTES));
    if (isInFrame || frames.length > MAX_FRAMES || header === null) return 'broken';

    const chunks = frames.flatMap((frame) => frame.chunks);
    if (frames.length > 1) chunks.push(superframeIndex(frames));
    if (!header.isKey) return { isKey: false, chunks };
    const shown = sizes[highest.spatialLayer] ?? header;
    const size = { width: shown.width, height: shown.height };
    return { isKey: true, config: vpxConfig('vp09', size, header), chunks };
  }
}

/** Writes the superframe index, which tells a decoder where each of several frames in one sample begins (Annex B). */
function superframeIndex(frames: readonly LayerFrame[]): Buffer {
  const largest = Math.max(...frames.map((frame) => frame.sizeBytes));
  const bytesPerSize = largest < 2 ** 8 ? 1 : largest < 2 ** 16 ? 2 : largest < 2 ** 24 ? 3 : 4;
  const marker = 0xc0 | ((bytesPerSize - 1) << 3) | (frames.length - 1);
  const index = Buffer.alloc(2 + frames.length * bytesPerSize, marker);
  frames.forEach((frame, i) => index.writeUIntLE(frame.sizeBytes, 1 + i * bytesPerSize, bytesPerSize));
  return index;
}
