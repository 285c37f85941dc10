import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { AppError } from '@hindsight/shared/errors';
import { MiB, SECOND } from '@hindsight/shared/units';
import { LRUCache } from 'lru-cache';
import type { Piece, Timeline } from '../buffer/piece.ts';
import { vodPlaylist } from '../ffmpeg/segment-playlist.ts';
import type { Ffmpeg } from '../ffmpeg/ffmpeg.ts';
import { readInitTracks } from '@hindsight/mp4/fragments/init-tracks';
import type { Log } from '../log.ts';
import { forgetGone } from './gone-files.ts';
import { createSequentialWork } from './sequential-work.ts';
import { peaksOf } from './peaks.ts';
import { batchAround } from './piece-batches.ts';
import { pieceCacheKey } from './piece-cache-key.ts';
import { sketchCommand } from './sketch-args.ts';

/** A sketch is the still and the loudness that a timeline shows of a piece. */
export interface Sketch {
  /** The still is a JPEG. It is null when no picture of the piece can be decoded. */
  still: Buffer | null;
  /** It is null when the piece can't be read. */
  peaks: number[] | null;
}

export interface SketchesOptions {
  ffmpeg: Pick<Ffmpeg, 'run' | 'probe'>;
  log: Log;
}

export type Sketches = ReturnType<typeof createSketches>;

/** Sketches stay in memory up to this size. */
const MAX_BYTES = 16 * MiB;
/** At most this many runs of ffmpeg may wait or run. */
const MAX_WAITING = 100;
const TIMEOUT_MS = 30 * SECOND;
/** A sketch takes about this much memory besides its picture. */
const OVERHEAD_BYTES = 1000;

const UNREADABLE: Sketch = { still: null, peaks: null };

/** Makes stills and loudness of pieces on request, and keeps them in memory while their pieces exist. */
export function createSketches({ ffmpeg, log }: SketchesOptions) {
  const closing = new AbortController();
  const known = new LRUCache<string, { path: string; sketch: Sketch }>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ sketch }) => (sketch.still?.length ?? 0) + OVERHEAD_BYTES,
  });
  const underWay = new Map<string, Promise<void>>();
  const queue = createSequentialWork(MAX_WAITING);

  function remember(piece: Piece, sketch: Sketch): void {
    known.set(pieceCacheKey(piece), { path: piece.path, sketch });
  }

  function enqueue(pieces: readonly Piece[]): Promise<void> {
    const done = queue.run(async () => {
      try {
        await sketchAll(pieces);
      } finally {
        for (const piece of pieces) underWay.delete(pieceCacheKey(piece));
      }
    });
    for (const piece of pieces) underWay.set(pieceCacheKey(piece), done);
    return done;
  }

  async function sketchAll(pieces: readonly Piece[]): Promise<void> {
    try {
      const sketches = await runFfmpeg(pieces);
      for (const [index, piece] of pieces.entries()) remember(piece, sketches[index] ?? UNREADABLE);
    } catch (error) {
      closing.signal.throwIfAborted();
      if (!(error instanceof AppError) || error.code !== 'CONCATENATION_FAILED') throw error;
      const [first] = pieces;
      if (pieces.length > 1) {
        // One broken piece must not hide its neighbours.
        for (const piece of pieces) await sketchAll([piece]);
      } else if (first !== undefined) {
        log.warn({ err: error.cause, piece: first.path }, 'a piece of a buffer could not be sketched');
        remember(first, UNREADABLE);
      }
    }
  }

  async function runFfmpeg(pieces: readonly Piece[]): Promise<Sketch[]> {
    const directory = await mkdtemp(join(tmpdir(), 'hindsight-preview-'));
    try {
      const playlistPath = join(directory, 'pieces.m3u8');
      await writeFile(playlistPath, vodPlaylist(pieces));
      const stillPaths = pieces.map((_, index) => join(directory, `${index}.jpg`));
      const pcmPath = (await hasSound(pieces)) ? join(directory, 'sound.pcm') : null;
      const command = sketchCommand({ playlistPath, pieces, stillPaths, pcmPath });
      await ffmpeg.run(command, { timeoutMs: TIMEOUT_MS, signal: closing.signal });
      const pcm = pcmPath === null ? null : await readFile(pcmPath);
      const originMs = pieces[0]?.fromMs ?? 0;
      return await Promise.all(
        pieces.map(async ({ fromMs, toMs }, index) => ({
          still: await readStill(stillPaths[index] ?? ''),
          peaks: pcm === null ? [] : peaksOf(pcm, { fromMs: fromMs - originMs, toMs: toMs - originMs }),
        })),
      );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async function hasSound([piece]: readonly Piece[]): Promise<boolean> {
    if (piece === undefined) return false;
    if (piece.initPath === null) return (await ffmpeg.probe(piece.path, closing.signal)).audio !== null;
    return (await readInitTracks(piece.initPath)).some(({ kind }) => kind === 'audio');
  }

  return {
    /**
     * Returns the sketch of a piece of a timeline. Its neighbours are sketched in the same run.
     * @throws AppError RATE_LIMITED when too much is being sketched, FFMPEG_UNAVAILABLE
     */
    async of(timeline: Timeline, piece: Piece): Promise<Sketch> {
      const key = pieceCacheKey(piece);
      if (!known.has(key)) {
        const isSketched = (one: Piece) => known.has(pieceCacheKey(one)) || underWay.has(pieceCacheKey(one));
        await (underWay.get(key) ?? enqueue(batchAround(timeline, piece, isSketched)));
      }
      return known.get(key)?.sketch ?? UNREADABLE;
    },

    /** Forgets the sketches of pieces that are gone. A periodic job calls it. */
    sweep: () => forgetGone(known),

    /** Aborts running work and waits for its end. */
    async close(): Promise<void> {
      closing.abort();
      await queue.idle();
    },
  };
}

async function readStill(path: string): Promise<Buffer | null> {
  try {
    const still = await readFile(path);
    return still.length === 0 ? null : still;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
