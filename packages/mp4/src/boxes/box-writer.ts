// These functions write boxes (ISO/IEC 14496-12, 4.2).

export function bytes(...values: number[]): Buffer {
  return Buffer.from(values);
}

export function uint16(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => buffer.writeUInt16BE(value, i * 2));
  return buffer;
}

export function uint32(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => buffer.writeUInt32BE(value, i * 4));
  return buffer;
}

/** The size and the type of a box take this many bytes in front of its content. */
export const BOX_HEADER_BYTES = 8;

export function box(type: string, ...content: Buffer[]): Buffer {
  const sizeBytes = content.reduce((sum, part) => sum + part.length, BOX_HEADER_BYTES);
  return Buffer.concat([uint32(sizeBytes), Buffer.from(type, 'latin1'), ...content]);
}

/** Writes a box that has a version and flags (ISO/IEC 14496-12, 4.2). */
export function fullBox(type: string, version: number, flags: number, ...content: Buffer[]): Buffer {
  return box(type, bytes(version, flags >> 16, (flags >> 8) & 255, flags & 255), ...content);
}
