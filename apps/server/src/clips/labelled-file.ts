import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { LABELLED_BYTES, otherLabels, type MovieLabels } from '@hindsight/mp4/boxes/movie-labels';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { ClipFile } from './clip-files.ts';

/** A replacement has the bytes that take the place of a file's own from a position on. */
interface Replacement {
  position: number;
  bytes: Buffer;
}

/** A labelled file is read like the stored one, but has labels of its own and therefore another entity tag. */
type LabelledFile = Pick<ClipFile, 'etag'> & Pick<ObjectStorage, 'read'>;

const TAG_LETTERS = 16;

/**
 * Gives a video labels while it is read. The stored file has a place of a fixed size for them, so its size stays, and a clip
 * can be renamed without being written again. A video without that place is served as it is.
 */
export async function labelled(
  file: ClipFile,
  labels: MovieLabels,
  storage: Pick<ObjectStorage, 'read'>,
): Promise<LabelledFile> {
  const { storageKey, sizeBytes, etag } = file;
  const head = await buffer(
    await storage.read(storageKey, { start: 0, end: Math.min(LABELLED_BYTES, sizeBytes) - 1 }),
  );
  const replacement = otherLabels(head, labels);
  if (replacement === null) return { etag, read: storage.read };
  const tag = createHash('sha256').update(replacement.bytes).digest('hex').slice(0, TAG_LETTERS);
  return {
    etag: `${etag}-${tag}`,
    async read(key, span) {
      const source = await storage.read(key, span);
      const isBehind = span.start >= replacement.position + replacement.bytes.length;
      if (isBehind) return source;
      return Readable.from(replaced(source, span.start, replacement), { objectMode: false });
    },
  };
}

/** Yields a file's bytes from `start` on, with some of them replaced. */
async function* replaced(source: AsyncIterable<Buffer>, start: number, replacement: Replacement) {
  let at = start;
  for await (const block of source) {
    yield replacedIn(block, at, replacement);
    at += block.length;
  }
}

function replacedIn(block: Buffer, at: number, { position, bytes }: Replacement): Buffer {
  const from = Math.max(at, position);
  const to = Math.min(at + block.length, position + bytes.length);
  if (from >= to) return block;
  // Others read the same memory, for example the head of a clip layout.
  const copy = Buffer.from(block);
  bytes.copy(copy, from - at, from - position, to - position);
  return copy;
}
