import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readLayoutFrom, type LayoutBytes } from '@hindsight/mp4/layout/layout-reader';
import { partLength, withFileInMemory } from '@hindsight/mp4/tables/payload';
import { AppError } from '@hindsight/shared/errors';
import { MiB, MINUTE } from '@hindsight/shared/units';
import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import type { ClipVideo } from '../../clips/clip-files.ts';
import type { ExactBeginning, ExactVideos, ServedVideo } from '../../clips/exact-videos.ts';
import { createStoredBlocks } from '../../clips/stored-blocks.ts';
import { readStoredMovie, type StoredMovie } from '../../clips/stored-moov.ts';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import type { Log } from '../../log.ts';
import { SingleFlight } from '../../single-flight.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import type { MixThreads } from '../mix/mix-threads.ts';

/** Exact starts used last stay in memory up to this size; each has the pictures of up to four seconds. */
const MAX_KNOWN_BYTES = 64 * MiB;
/** Estimated memory for each part of a layout. */
const PART_BYTES = 100;
/** Each one is a process of ffmpeg. */
const CONCURRENCY = 2;
/** The pictures of four seconds take a second or two. */
const TIMEOUT_MS = MINUTE;
/** Another version of the code makes other bytes. */
const VERSION = 1;

interface ExactStartsDependencies {
  /** Reads clips also while their files aren't written yet. */
  objects: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
  temp: Pick<ObjectStorage, 'makeTempDir'>;
  ffmpeg: Pick<Ffmpeg, 'run'>;
  thread: Pick<MixThreads, 'planExactHead' | 'layOutExact'>;
  log: Pick<Log, 'info' | 'warn'>;
}

/** A clip without what its stored file hides. */
interface ExactStart extends ExactBeginning {
  layout: LayoutBytes;
  sizeBytes: number;
}

export interface ExactStarts extends ExactVideos {
  /** Returns the beginning that a clip has when it is given away; null when it is given away as it is stored. */
  beginning(video: ClipVideo): Promise<ExactBeginning | null>;
  /** Makes a clip's exact start while nobody waits for it. */
  prepare(video: ClipVideo): Promise<void>;
  /** Returns the MP4 of a clip's first pictures, if it was made a moment ago or is being made. */
  headFile(video: Pick<ClipVideo, 'etag'>): Promise<Buffer | null>;
  close(): Promise<void>;
}

/**
 * Gives clips whose stored file hides pictures before their start to other programs without them. The pictures up to the first
 * keyframe are encoded anew; the rest is read from the stored file. What is encoded stays in memory alone, because it comes out the
 * same each time.
 */
export function createExactStarts({
  objects,
  temp,
  ffmpeg,
  thread,
  log,
}: ExactStartsDependencies): ExactStarts {
  const closing = new AbortController();
  const queue = new PQueue({ concurrency: CONCURRENCY });
  const making = new SingleFlight<ExactStart | null>();
  /** The value is `none` for a clip that is given away as it is stored. */
  const known = new LRUCache<string, ExactStart | 'none'>({
    maxSize: MAX_KNOWN_BYTES,
    sizeCalculation: (exact) =>
      exact === 'none'
        ? PART_BYTES
        : exact.layout.head.length +
          exact.layout.parts.length * PART_BYTES +
          (exact.headFile?.length ?? 0) +
          1,
  });

  async function encodeHead(
    video: ClipVideo,
    clip: StoredMovie,
    directory: string,
  ): Promise<{ path: string | null } | null> {
    const sourcePath = join(directory, 'lead-in.mp4');
    const outputPath = join(directory, 'head.mp4');
    const work = await thread.planExactHead({ clip, sourcePath, outputPath });
    if (work === null) return null;
    if (work === 'none') return { path: null };
    await pipeline(Readable.from(bytesOf(work.source, video)), createWriteStream(sourcePath));
    const { signal } = closing;
    // Somebody may be waiting, so it doesn't come after all other work.
    await ffmpeg.run(work.command, { timeoutMs: TIMEOUT_MS, signal });
    return { path: outputPath };
  }

  async function make(video: ClipVideo): Promise<ExactStart | null> {
    const directory = await temp.makeTempDir();
    try {
      const startedAt = performance.now();
      const clip = await readStoredMovie(objects, video.storageKey);
      const head = await encodeHead(video, clip, directory);
      if (head === null) return null;
      const { recordedAtMs } = video;
      const laidOut = await thread.layOutExact({ clip, headPath: head.path, recordedAtMs });
      const headFile = head.path === null ? null : await readFile(head.path);
      const exact = inMemory(video, laidOut, headFile, head.path);
      log.info({ durationMs: Math.round(performance.now() - startedAt) }, 'a clip’s exact start is ready');
      return exact;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Returns a clip's exact start; null when it is given away as it is stored. */
  async function exactStart(video: ClipVideo, priority: number): Promise<ExactStart | null> {
    const key = keyOf(video);
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier === 'none' ? null : earlier;
    return making.run(key, () =>
      queue.add(
        async () => {
          closing.signal.throwIfAborted();
          const made = await make(video).catch((error: unknown) => {
            if (!isLasting(error)) throw error;
            log.warn({ err: error }, 'a clip is given away with what it hides');
            return null;
          });
          known.set(key, made ?? 'none');
          return made;
        },
        { priority },
      ),
    );
  }

  function orStored(made: Promise<ExactStart | null>): Promise<ExactStart | null> {
    return made.catch((error: unknown) => {
      if (!closing.signal.aborted) log.warn({ err: error }, 'a clip is given away with what it hides');
      return null;
    });
  }

  function bytesOf(layout: LayoutBytes, { storageKey, sizeBytes }: ClipVideo, span = wholeOf(layout)) {
    const read = createStoredBlocks(objects, new Map([[storageKey, sizeBytes]]));
    return readLayoutFrom(layout, span, read);
  }

  function served(video: ClipVideo, { etag, sizeBytes, layout }: ExactStart): ServedVideo {
    return {
      file: { ...video, etag, sizeBytes },
      storage: {
        read: async (_key, span) => Readable.from(bytesOf(layout, video, span), { objectMode: false }),
        downloadUrl: async () => null,
      },
    };
  }

  return {
    async find(video, patienceMs) {
      const stored = { file: video, storage: objects };
      if (!video.mayHideLeadIn) return stored;
      const patience = new AbortController();
      const exact = await Promise.race([
        orStored(exactStart(video, 1)),
        sleep(patienceMs, null, { signal: patience.signal }).catch(() => null),
      ]);
      patience.abort();
      return exact === null ? stored : served(video, exact);
    },

    async beginning(video) {
      return video.mayHideLeadIn ? orStored(exactStart(video, 1)) : null;
    },

    async prepare(video) {
      if (video.mayHideLeadIn) await exactStart(video, 0);
    },

    async headFile(video) {
      const key = keyOf(video);
      if (making.has(key)) await making.run(key, async () => null).catch(() => undefined);
      const exact = known.get(key);
      return exact === undefined || exact === 'none' ? null : exact.headFile;
    },

    async close() {
      closing.abort();
      await queue.onIdle();
    },
  };
}

const keyOf = ({ etag }: Pick<ClipVideo, 'etag'>): string => etag;

/** Says whether another attempt would fail too. */
function isLasting(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof AppError && error.code === 'CONCATENATION_FAILED');
}

const wholeOf = (layout: LayoutBytes) => ({ start: 0, end: sizeOf(layout) - 1 });

function sizeOf({ head, parts }: LayoutBytes): number {
  return parts.reduce((sum, part) => sum + partLength(part), head.length);
}

/** Takes the encoded pictures out of their file, which doesn't stay. */
function inMemory(
  video: ClipVideo,
  { head, parts }: LayoutBytes,
  headFile: Buffer | null,
  headPath: string | null,
): ExactStart {
  const isEncoded = headFile !== null && headPath !== null;
  const layout = { head, parts: isEncoded ? withFileInMemory(parts, headPath, headFile) : parts };
  // What is read from the stored file is known by its own tag.
  const hash = createHash('sha256').update(`${VERSION} ${video.etag} `).update(head);
  for (const part of layout.parts) if ('bytes' in part) hash.update(part.bytes);
  return { layout, headFile, sizeBytes: sizeOf(layout), etag: hash.digest('hex') };
}
