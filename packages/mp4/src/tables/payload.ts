/** A part of a layout's payload is a byte range of another file, or bytes themselves. */
export type PayloadPart = { path: string; offset: number; length: number } | { bytes: Buffer };

export function partLength(part: PayloadPart): number {
  return 'bytes' in part ? part.bytes.length : part.length;
}

/** Returns parts in which the ranges of one file are bytes of it, because the file doesn't stay. */
export function withFileInMemory(parts: readonly PayloadPart[], path: string, file: Buffer): PayloadPart[] {
  return parts.map((part) =>
    'path' in part && part.path === path
      ? { bytes: file.subarray(part.offset, part.offset + part.length) }
      : part,
  );
}

/** Collects the payload of a movie as the parts that it will be copied from. */
export class FilePayload {
  readonly parts: PayloadPart[] = [];
  sizeBytes = 0;

  /** Adds a range of a file, joined to the last part when it continues it. */
  addRange(range: { path: string; offset: number; length: number }): void {
    const last = this.parts.at(-1);
    const continuesLast =
      last !== undefined &&
      'path' in last &&
      last.path === range.path &&
      last.offset + last.length === range.offset;
    if (continuesLast) last.length += range.length;
    else this.parts.push({ ...range });
    this.sizeBytes += range.length;
  }

  addBytes(bytes: Buffer): void {
    this.parts.push({ bytes });
    this.sizeBytes += bytes.length;
  }
}
