import { readInitTracks } from '@hindsight/mp4/fragments/init-tracks';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import { MiB, SECOND } from '@hindsight/shared/units';
import { LRUCache } from 'lru-cache';
import { boxAt } from '@hindsight/mp4/boxes/box-reader';
import type { Piece } from '../buffer/piece.ts';
import { vodPlaylist } from '../ffmpeg/segment-playlist.ts';
import type { Ffmpeg } from '../ffmpeg/ffmpeg.ts';
import { indexSegment, trackSpan } from '@hindsight/mp4/fragments/segment-index';
import { SingleFlight } from '../single-flight.ts';
import { conversionCommand } from './conversion-args.ts';
import { createSequentialWork } from './sequential-work.ts';
import { pieceCacheKey } from './piece-cache-key.ts';

/** A conversion is a piece in H.264: its init segment, and its media. */
export interface Conversion {
  init: Buffer;
  media: Buffer;
}

export type Conversions = ReturnType<typeof createConversions>;

/** Media Source Extensions play these codecs only from WebM. */
const UNPLAYABLE_SAMPLE_ENTRIES: ReadonlySet<string> = new Set(['vp08']);
/** Conversions stay in memory up to this size. */
const MAX_BYTES = 32 * MiB;
/** At most this many conversions may wait or run. */
const MAX_WAITING = 20;
const TIMEOUT_MS = 60 * SECOND;

/**
 * Converts pieces that browsers can't play from a playlist to H.264 on request, and keeps the most recent ones in memory.
 */
export function createConversions(ffmpeg: Pick<Ffmpeg, 'run'>) {
  const closing = new AbortController();
  const known = new LRUCache<string, Conversion>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ init, media }) => init.length + media.length,
  });
  const underWay = new SingleFlight<Conversion>();
  const queue = createSequentialWork(MAX_WAITING);

  async function convertQueued(key: string, piece: Piece): Promise<Conversion> {
    const converted = await queue.run(() => convert(piece));
    known.set(key, converted);
    return converted;
  }

  async function convert(piece: Piece): Promise<Conversion> {
    const directory = await mkdtemp(join(tmpdir(), 'hindsight-conversion-'));
    try {
      const playlistPath = join(directory, 'piece.m3u8');
      const outputPath = join(directory, 'piece.mp4');
      await writeFile(playlistPath, vodPlaylist([piece]));
      await ffmpeg.run(conversionCommand(playlistPath, outputPath, await endOf(piece)), {
        timeoutMs: TIMEOUT_MS,
        signal: closing.signal,
      });
      return split(await readFile(outputPath));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  return {
    /** Returns the paths of the init segments whose pieces have to be converted. */
    async needed(pieces: readonly Piece[]): Promise<ReadonlySet<string>> {
      const initPaths = new Set(pieces.flatMap(({ initPath }) => initPath ?? []));
      const found = await Promise.all(
        [...initPaths].map(async (path) => ((await isUnplayable(path)) ? [path] : [])),
      );
      return new Set(found.flat());
    },

    /**
     * Returns a piece's conversion.
     * @throws AppError RATE_LIMITED when too much is being converted, CONCATENATION_FAILED, FFMPEG_UNAVAILABLE
     */
    async of(piece: Piece): Promise<Conversion> {
      const key = pieceCacheKey(piece);
      return known.get(key) ?? underWay.run(key, () => convertQueued(key, piece));
    },

    /** Aborts running conversions and waits for their end. */
    async close(): Promise<void> {
      closing.abort();
      await queue.idle();
    },
  };
}

/** Returns the end of a piece's last picture, in seconds on the session's media timeline. */
async function endOf({ path, sizeBytes, initPath }: Piece): Promise<number> {
  try {
    const tracks = initPath === null ? [] : await readInitTracks(initPath);
    const pictures = trackSpan(indexSegment(path, sizeBytes, tracks), 'video');
    return pictures?.endSeconds ?? 0;
  } catch (error) {
    // Retention may have deleted the file meanwhile.
    throw new AppError('CONCATENATION_FAILED', { cause: error });
  }
}

async function isUnplayable(initPath: string): Promise<boolean> {
  try {
    const tracks = await readInitTracks(initPath);
    return tracks.some(({ codec }) => UNPLAYABLE_SAMPLE_ENTRIES.has(codec));
  } catch {
    // Retention may have deleted the file meanwhile. A player then notices by itself.
    return false;
  }
}

/** Splits a converted file where the first fragment begins, which is the end of the init segment. */
function split(file: Buffer): Conversion {
  for (let at = 0; at < file.length;) {
    const box = boxAt(file, at);
    if (box === null) break;
    if (box.type === 'moof') return { init: file.subarray(0, at), media: file.subarray(at) };
    at = box.end;
  }
  throw new AppError('CONCATENATION_FAILED', { cause: new Error('a converted piece has no media') });
}
