import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import { MiB, SECOND } from '@hindsight/shared/units';
import { boxAt } from '../buffer/mp4-boxes.ts';
import type { Piece } from '../buffer/piece.ts';
import { vodPlaylist } from '../capture/ffmpeg-args.ts';
import type { Ffmpeg } from '../capture/ffmpeg.ts';
import { readInitTracks } from '../capture/fmp4-index.ts';
import { conversionCommand } from './conversion-args.ts';

/** A piece in H.264: what a player gets before it, and the piece itself. */
export interface Conversion {
  init: Buffer;
  media: Buffer;
}

export interface ConversionsOptions {
  ffmpeg: Pick<Ffmpeg, 'run'>;
  /** What is remembered at most. */
  maxBytes?: number;
  /** Runs of ffmpeg that may wait. */
  maxWaiting?: number;
}

export type Conversions = ReturnType<typeof createConversions>;

/** Media Source Extensions play these codecs from WebM only. */
const UNPLAYABLE_SAMPLE_ENTRIES: ReadonlySet<string> = new Set(['vp08']);
const MAX_BYTES = 32 * MiB;
const MAX_WAITING = 20;
const TIMEOUT_MS = 60 * SECOND;

/** Turns pieces that browsers can't play from a playlist into H.264 when they are asked for, and remembers the last ones. */
export function createConversions({
  ffmpeg,
  maxBytes = MAX_BYTES,
  maxWaiting = MAX_WAITING,
}: ConversionsOptions) {
  const closing = new AbortController();
  /** The one that was asked for last is the last to go. */
  const known = new Map<string, Promise<Conversion>>();
  const sizes = new Map<string, number>();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  function forget(key: string): void {
    known.delete(key);
    sizes.delete(key);
  }

  function remember(key: string, { init, media }: Conversion): void {
    sizes.set(key, init.length + media.length);
    let total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const oldest of known.keys()) {
      if (total <= maxBytes || oldest === key) break;
      total -= sizes.get(oldest) ?? 0;
      forget(oldest);
    }
  }

  /** One run at a time: previews must not take what calls and recordings need. */
  function enqueue(key: string, piece: Piece): Promise<Conversion> {
    if (waiting >= maxWaiting) throw new AppError('RATE_LIMITED');
    waiting += 1;
    const conversion = last.then(() => convert(piece)).finally(() => (waiting -= 1));
    last = conversion.then(
      (done) => remember(key, done),
      () => forget(key),
    );
    return conversion;
  }

  async function convert(piece: Piece): Promise<Conversion> {
    const directory = await mkdtemp(join(tmpdir(), 'hindsight-conversion-'));
    try {
      const playlistPath = join(directory, 'piece.m3u8');
      const outputPath = join(directory, 'piece.mp4');
      await writeFile(playlistPath, vodPlaylist([piece]));
      await ffmpeg.run(conversionCommand(playlistPath, outputPath), {
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
      const key = `${piece.sessionId}/${basename(piece.path)}/${piece.sizeBytes}`;
      const conversion = known.get(key) ?? enqueue(key, piece);
      known.delete(key);
      known.set(key, conversion);
      return conversion;
    },

    /** Ends what runs. */
    async close(): Promise<void> {
      closing.abort();
      await last;
    },
  };
}

async function isUnplayable(initPath: string): Promise<boolean> {
  try {
    const tracks = await readInitTracks(initPath);
    return tracks.some(({ sampleEntry }) => UNPLAYABLE_SAMPLE_ENTRIES.has(sampleEntry));
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
