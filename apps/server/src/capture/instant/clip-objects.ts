import { Readable } from 'node:stream';
import { hasCode } from '@hindsight/shared/error-code';
import { AppError } from '@hindsight/shared/errors';
import { readLayout } from '@hindsight/mp4/layout/layout-reader';
import { clipIdOfVideo, type StorageKey } from '../../storage/storage-key.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import type { MixedChunks } from './mixed-chunks.ts';
import type { PinnedClip, PinnedSegments } from './pinned-segments.ts';

interface ByteSpan {
  start: number;
  /** The last byte is included. */
  end: number;
}

export type ClipObjects = Pick<ObjectStorage, 'read' | 'downloadUrl'>;

interface ClipObjectsDependencies {
  storage: ClipObjects;
  pinned: Pick<PinnedSegments, 'open'>;
  mixes: Pick<MixedChunks, 'reader'>;
}

/** A clip is looked for this often in both places, because it may move from one to the other in between. */
const MAX_LOOKUPS = 3;

/** Reads clips' files as they are served: from the storage, or from pinned segments while the file isn't written. */
export function createClipObjects({ storage, pinned, mixes }: ClipObjectsDependencies): ClipObjects {
  async function findPinned(key: StorageKey): Promise<PinnedClip | null> {
    const clipId = clipIdOfVideo(key);
    return clipId === null ? null : pinned.open(clipId);
  }

  async function openOnce(key: StorageKey, span: ByteSpan): Promise<AsyncIterable<Buffer> | null> {
    const clip = await findPinned(key);
    if (clip !== null) return readLayout(clip, span, mixes.reader(clip));
    return (await orIfMissing(storage.read(key, span))) as AsyncIterable<Buffer> | null;
  }

  /**
   * Continues from the byte where the source disappeared, in whichever place the clip is then. Both places have the same
   * bytes.
   */
  async function* follow(first: AsyncIterable<Buffer>, key: StorageKey, span: ByteSpan) {
    let { start } = span;
    let source: AsyncIterable<Buffer> | null = first;
    for (let lookups = 0; ; lookups++) {
      try {
        if (source === null) throw missing(key);
        for await (const block of source) {
          yield block;
          start += block.length;
          lookups = 0;
        }
        return;
      } catch (error) {
        if (!isMissing(error) || lookups === MAX_LOOKUPS || start > span.end) throw error;
        source = await openOnce(key, { ...span, start });
      }
    }
  }

  return {
    async read(key, span) {
      for (let lookups = 1; ; lookups++) {
        const source = await openOnce(key, span);
        if (source instanceof Readable) return source;
        if (source !== null)
          return Readable.from(follow(source, key, span), { objectMode: false, highWaterMark: BUFFER_BYTES });
        if (lookups === MAX_LOOKUPS) throw missing(key);
      }
    },

    /** Returns null for a clip that isn't in the storage yet, whose bytes have to pass through the server. */
    async downloadUrl(key, options) {
      return (await findPinned(key)) === null ? storage.downloadUrl(key, options) : null;
    },
  };
}

const BUFFER_BYTES = 512 * 1024;

async function orIfMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Says whether pinned segments were released, or the object doesn't exist. */
function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'NOT_FOUND');
}

function missing(key: StorageKey): AppError {
  return new AppError('NOT_FOUND', { cause: new Error(`there is no ${key}`) });
}
