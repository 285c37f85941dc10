/** Reads big-endian bit fields. It throws RangeError at the end of the bytes, so that no loop over broken input runs on. */
export class BitReader {
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  flag(): boolean {
    const byte = this.bytes[this.at >> 3];
    if (byte === undefined) throw new RangeError('read past the end of a header');
    return ((byte >> (7 - (this.at++ & 7))) & 1) === 1;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + (this.flag() ? 1 : 0);
    return value;
  }

  skip(count: number): void {
    this.read(count);
  }

  /** Reads an unsigned Exp-Golomb code: ue(v) of H.264 (9.1), uvlc() of AV1 (4.10.3). */
  unsigned(): number {
    let zeros = 0;
    while (!this.flag()) if (++zeros > 32) throw new RangeError('an Exp-Golomb code is too long');
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** Reads a signed Exp-Golomb code: se(v) of H.264 (9.1.1). */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}

/** Returns what `parse` returns, or null when it reads past the end of its bytes. */
export function nullIfTruncated<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
