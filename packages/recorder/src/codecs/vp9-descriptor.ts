import type { PictureSize } from '@hindsight/mp4/fragments/video-config';

/** The payload descriptor of a packet and the part of a frame that follows it (RFC 9628, 4.2). */
export interface Vp9Part {
  isFrameStart: boolean;
  isFrameEnd: boolean;
  /** The spatial layer is 0 without layers. */
  spatialLayer: number;
  /** The sizes of all layers that are sent, smallest first; empty where the packet doesn't list them. */
  layerSizes: PictureSize[];
  data: Buffer;
}

const FLAG = {
  pictureId: 0x80,
  isInterPredicted: 0x40,
  layers: 0x20,
  flexible: 0x10,
  start: 0x08,
  end: 0x04,
  structure: 0x02,
} as const;

/** Reads the payload descriptor. Returns null when nothing follows it. */
export function parseVp9Descriptor(payload: Buffer): Vp9Part | null {
  const flags = payload[0] ?? 0;
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const byte = (at: number): number => payload[at] ?? 0;
  let at = 1;
  let spatialLayer = 0;
  if (has(FLAG.pictureId)) at += (byte(at) & 0x80) === 0 ? 1 : 2;
  if (has(FLAG.layers)) {
    spatialLayer = (byte(at) >> 1) & 0x07;
    at += has(FLAG.flexible) ? 1 : 2; // TL0PICIDX in non-flexible mode
  }
  if (has(FLAG.flexible) && has(FLAG.isInterPredicted)) {
    while ((byte(at) & 1) === 1) at++; // P_DIFF, N: another one follows
    at++;
  }
  const layerSizes: PictureSize[] = [];
  if (has(FLAG.structure)) at = readStructure(payload, at, layerSizes);
  if (at >= payload.length) return null;
  return {
    isFrameStart: has(FLAG.start),
    isFrameEnd: has(FLAG.end),
    spatialLayer,
    layerSizes,
    data: payload.subarray(at),
  };
}

/** Reads the scalability structure (4.2.1) and returns the offset at which it ends. */
function readStructure(payload: Buffer, start: number, sizes: PictureSize[]): number {
  const byte = (at: number): number => payload[at] ?? 0;
  const header = byte(start);
  let at = start + 1;
  if ((header & 0x10) !== 0) {
    for (let layer = 0; layer <= header >> 5; layer++, at += 4) {
      sizes.push({ width: byte(at) * 256 + byte(at + 1), height: byte(at + 2) * 256 + byte(at + 3) });
    }
  }
  if ((header & 0x08) === 0) return at;
  const pictures = byte(at++);
  for (let picture = 0; picture < pictures; picture++) {
    const references = (byte(at) >> 2) & 0x03;
    at += 1 + references;
  }
  return at;
}
