import { open, type FileHandle } from 'node:fs/promises';
import { partLength, type PayloadPart } from '../tables/payload.ts';

/** The part of a clip layout that its bytes are read from: the header and the byte ranges that follow it, in order. */
export interface LayoutBytes {
  head: Buffer;
  parts: readonly PayloadPart[];
}

/** Returns the whole content of a file that may not exist yet and is made when it is first read; null for other files. */
export type ReadMade = (path: string) => Promise<Buffer> | null;

const BLOCK_BYTES = 256 * 1024;

/**
 * Reads the bytes `start` to `end` (both included) of a layout, from the files they lie in. Only one file is open at a time.
 * @param readMade has the files that are made when they are first read
 * @throws the file system's errors; Error when a file has become shorter than it was when the layout was made
 */
export async function* readLayout(
  layout: LayoutBytes,
  span: { start: number; end: number },
  readMade: ReadMade = () => null,
): AsyncGenerator<Buffer> {
  await using input = new OpenFile();
  yield* readLayoutFrom(layout, span, async function* read(path, from, to) {
    const made = await readMade(path);
    if (made === null) yield* input.read(path, from, to);
    else yield made.subarray(from, to);
  });
}

/** Does the same with files that are read in another way. @param read returns the bytes from `from` up to, not including, `to` */
export async function* readLayoutFrom(
  { head, parts }: LayoutBytes,
  { start, end }: { start: number; end: number },
  read: (path: string, from: number, to: number) => AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  if (start < head.length) yield head.subarray(start, end + 1);
  let partStart = head.length;
  for (const part of parts) {
    const length = partLength(part);
    const from = Math.max(start, partStart) - partStart;
    const to = Math.min(end + 1, partStart + length) - partStart;
    partStart += length;
    if (to <= from) {
      if (partStart > end) return;
      continue;
    }
    if ('bytes' in part) {
      yield part.bytes.subarray(from, to);
      continue;
    }
    yield* read(part.path, part.offset + from, part.offset + to);
  }
}

class OpenFile implements AsyncDisposable {
  private file: FileHandle | null = null;
  private path = '';

  async *read(path: string, from: number, to: number): AsyncGenerator<Buffer> {
    if (this.file === null || this.path !== path) {
      await this.close();
      this.file = await open(path);
      this.path = path;
    }
    for (let at = from; at < to;) {
      const block = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, to - at));
      const { bytesRead } = await this.file.read(block, 0, block.length, at);
      if (bytesRead === 0) throw new Error(`${path} is shorter than it was when the clip was laid out`);
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
