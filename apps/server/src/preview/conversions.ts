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
import { pieceKey } from './piece-key.ts';

/** A piece in H.264: what a player gets before it, and the piece itself. */
export interface Conversion {
  init: Buffer;
  media: Buffer;
}

export type Conversions = ReturnType<typeof createConversions>;

/** Media Source Extensions play these codecs from WebM only. */
const UNPLAYABLE_SAMPLE_ENTRIES: ReadonlySet<string> = new Set(['vp08']);
/** What is remembered at most. */
const MAX_BYTES = 32 * MiB;
/** Runs of ffmpeg that may wait. */
const MAX_WAITING = 20;
const TIMEOUT_MS = 60 * SECOND;

/** Turns pieces that browsers can't play from a playlist into H.264 when they are asked for, and remembers the last ones. */
export function createConversions(ffmpeg: Pick<Ffmpeg, 'run'>) {
  const closing = new AbortController();
  const known = new LRUCache<string, Conversion>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ init, media }) => init.length + media.length,
  });
  const underWay = new SingleFlight<Conversion>();
  const turns = createSequentialWork(MAX_WAITING);

  async function convertInTurn(key: string, piece: Piece): Promise<Conversion> {
    const converted = await turns.run(() => convert(piece));
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
    /** The init segments whose pieces have to be converted. */
    async needed(pieces: readonly Piece[]): Promise<ReadonlySet<string>> {
      const initPaths = new Set(pieces.flatMap(({ initPath }) => initPath ?? []));
      const found = await Promise.all(
        [...initPaths].map(async (path) => ((await isUnplayable(path)) ? [path] : [])),
      );
      return new Set(found.flat());
    },

    /** @throws AppError RATE_LIMITED when too much is being converted, CONCATENATION_FAILED, FFMPEG_UNAVAILABLE */
    async of(piece: Piece): Promise<Conversion> {
      const key = pieceKey(piece);
      return known.get(key) ?? underWay.run(key, () => convertInTurn(key, piece));
    },

    /** Ends what runs. */
    async close(): Promise<void> {
      closing.abort();
      await turns.idle();
    },
  };
}

/** Where a piece's last picture ends, in seconds on the session's media timeline. */
async function endOf({ path, sizeBytes, initPath }: Piece): Promise<number> {
  try {
    const tracks = initPath === null ? [] : await readInitTracks(initPath);
    const pictures = trackSpan(indexSegment(path, sizeBytes, tracks), 'video');
    return pictures?.endSeconds ?? 0;
  } catch (error) {
    // Retention may have been faster.
    throw new AppError('CONCATENATION_FAILED', { cause: error });
  }
}

async function isUnplayable(initPath: string): Promise<boolean> {
  try {
    const tracks = await readInitTracks(initPath);
    return tracks.some(({ codec }) => UNPLAYABLE_SAMPLE_ENTRIES.has(codec));
  } catch {
    // Retention may have been faster; a player finds out by itself.
    return false;
  }
}

/** An init segment ends where the first fragment begins. */
function split(file: Buffer): Conversion {
  for (let at = 0; at < file.length;) {
    const box = boxAt(file, at);
    if (box === null) break;
    if (box.type === 'moof') return { init: file.subarray(0, at), media: file.subarray(at) };
    at = box.end;
  }
  throw new AppError('CONCATENATION_FAILED', { cause: new Error('a converted piece has no media') });
}
