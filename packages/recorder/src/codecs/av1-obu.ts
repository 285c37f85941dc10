/** This is an open bitstream unit (AV1 bitstream specification, 5.3) without its own size field. */
export interface Obu {
  type: number;
  /** The header has one byte, or two with layer ids. */
  header: Buffer;
  payload: Buffer;
}

export const OBU = {
  sequenceHeader: 1,
  temporalDelimiter: 2,
  frameHeader: 3,
  frame: 6,
  tileList: 8,
  padding: 15,
} as const;

/** Reads an OBU. Returns null when it is cut off or its size doesn't match. */
export function parseObu(bytes: Buffer): Obu | null {
  const [first] = bytes;
  if (first === undefined || (first & 0x80) !== 0) return null; // forbidden bit
  const hasExtension = (first & 0x04) !== 0;
  const hasSize = (first & 0x02) !== 0;
  const headerBytes = hasExtension ? 2 : 1;
  if (bytes.length < headerBytes) return null;
  const header = bytes.subarray(0, headerBytes);
  const type = (first >> 3) & 0x0f;
  if (!hasSize) return { type, header, payload: bytes.subarray(headerBytes) };
  const size = readLeb128(bytes, headerBytes);
  if (size === null || size.end + size.value !== bytes.length) return null;
  return { type, header, payload: bytes.subarray(size.end) };
}

/**
 * Whether a frame header begins a keyframe that is shown (5.9.2). It is only right in sequences that aren't a single still
 * picture.
 */
export function isKeyframe({ payload }: Obu): boolean {
  const first = payload[0] ?? 0xff;
  const showsExisting = (first & 0x80) !== 0;
  const frameType = (first >> 5) & 0x03;
  const isShown = (first & 0x10) !== 0;
  return !showsExisting && frameType === 0 && isShown;
}

/** Lengths in RTP need no more bytes than this; more is no length. */
const MAX_LEB128_BYTES = 4;

/** Reads a leb128() (4.10.5). Returns null at the end of the bytes, or for a number longer than any packet needs. */
export function readLeb128(bytes: Buffer, start: number): { value: number; end: number } | null {
  let value = 0;
  for (let i = 0; i < MAX_LEB128_BYTES; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) << (7 * i);
    if ((byte & 0x80) === 0) return { value, end: start + i + 1 };
  }
  return null;
}

export function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
