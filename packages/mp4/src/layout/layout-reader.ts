import { open, type FileHandle } from 'node:fs/promises';
import { partLength, type PayloadPart } from '../tables/payload.ts';

/** The bytes of an MP4 on paper: the head, and behind it the parts, one after the other. */
export interface LayoutBytes {
  head: Buffer;
  parts: readonly PayloadPart[];
}

const BLOCK_BYTES = 256 * 1024;

/**
 * Reads a stretch of a layout, both ends included, from wherever its bytes lie. One file is open at a time.
 * @throws the file system's errors, and Error when a part is shorter than it was when it was indexed
 */
export async function* readLayout(
  { head, parts }: LayoutBytes,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Buffer> {
  if (start < head.length) yield head.subarray(start, end + 1);
  await using input = new OpenFile();
  let partStart = head.length;
  for (const part of parts) {
    const length = partLength(part);
    const from = Math.max(start, partStart) - partStart;
    const behind = Math.min(end + 1, partStart + length) - partStart;
    partStart += length;
    if (behind <= from) {
      if (partStart > end) return;
      continue;
    }
    if ('bytes' in part) yield part.bytes.subarray(from, behind);
    else yield* input.read(part.path, part.offset + from, part.offset + behind);
  }
}

class OpenFile implements AsyncDisposable {
  private file: FileHandle | null = null;
  private path = '';

  async *read(path: string, from: number, behind: number): AsyncGenerator<Buffer> {
    if (this.file === null || this.path !== path) {
      await this.close();
      this.file = await open(path);
      this.path = path;
    }
    for (let at = from; at < behind;) {
      const block = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, behind - at));
      const { bytesRead } = await this.file.read(block, 0, block.length, at);
      if (bytesRead === 0) throw new Error(`${path} is shorter than it was`);
      yield block.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  private async close(): Promise<void> {
    await this.file?.close();
    this.file = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
