import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePlaylist, type PlaylistEntry } from '@hindsight/recorder/segments/playlist-reader';
import { hasCode } from '@hindsight/shared/error-code';
import { SECOND } from '@hindsight/shared/units';
import { bufferDirectory } from './buffer-paths.ts';
import type { Piece } from './piece.ts';
import { sessionPieces, type TransportStreamFormat } from './timeline.ts';
import { readTransportStreamHeadOf } from './transport-stream-file.ts';
import { isWholeSegment } from './whole-segment.ts';

const PLAYLIST = 'full.m3u8';
/** Somewhat more than asked for is looked at, because what was recorded last may not be whole. */
const RECENT_MARGIN_MS = 30 * SECOND;

/** The location names a session and where its buffer is. */
export interface BufferLocation {
  id: string;
  segmentPath: string;
}

/** The recent part of a buffer is the last `ms` of what was recorded before a moment (epoch ms). */
export interface RecentPart {
  ms: number;
  beforeMs: number;
}

/** These facts were read from a session's files. Closed segments and init segments never change, so they are read once. */
interface KnownFiles {
  sizes: Map<string, number>;
  codecKeys: Map<string, string>;
  /** It is undefined until there is a whole segment of MPEG-TS. */
  transportStream?: TransportStreamFormat;
}

export type SessionBuffers = ReturnType<typeof createSessionBuffers>;

/** Reads sessions' buffers from disk. An app has one reader, which remembers closed segments. */
export function createSessionBuffers({ bufferDir }: { bufferDir: string }) {
  const knownOf = new Map<string, KnownFiles>();

  async function sizeOf(directory: string, entry: PlaylistEntry, known: KnownFiles): Promise<number> {
    const knownSize = known.sizes.get(entry.uri);
    if (knownSize !== undefined) return knownSize;
    const path = join(directory, entry.uri);
    const { size } = await stat(path);
    // The playlist states how many bytes of an open segment are complete, and the file grows with every fragment.
    if (entry.completeBytes !== null) return size;
    return (await isWholeSegment(path, size)) ? size : 0;
  }

  async function codecKeyOf(directory: string, initUri: string, known: KnownFiles): Promise<string> {
    return known.codecKeys.get(initUri) ?? hash(await readFile(join(directory, initUri)));
  }

  /** Returns what the first segment of MPEG-TS that is whole tells; undefined when there is none. */
  async function transportStreamOf(
    directory: string,
    entries: readonly PlaylistEntry[],
    sizes: ReadonlyMap<string, number>,
  ): Promise<TransportStreamFormat | undefined> {
    const first = entries.find(({ uri, initUri }) => initUri === null && (sizes.get(uri) ?? 0) > 0);
    if (first === undefined) return undefined;
    return orIfMissing(readTransportStreamHeadOf(join(directory, first.uri)), undefined);
  }

  /** Returns the pieces of some of the segments that a session's playlist lists. */
  async function piecesOf(
    { id, directory }: { id: string; directory: string },
    listed: readonly PlaylistEntry[],
    entries: readonly PlaylistEntry[],
  ): Promise<Piece[]> {
    const inits = new Set(entries.flatMap(({ initUri }) => initUri ?? []));
    const known: KnownFiles = knownOf.get(id) ?? { sizes: new Map(), codecKeys: new Map() };
    const [sizes, codecKeys] = await Promise.all([
      Promise.all(
        entries.map(
          async (entry) => [entry.uri, await orIfMissing(sizeOf(directory, entry, known), 0)] as const,
        ),
      ),
      Promise.all(
        [...inits].map(
          async (uri) => [uri, await orIfMissing(codecKeyOf(directory, uri, known), null)] as const,
        ),
      ),
    ]);

    const readable = {
      sizes: new Map(sizes),
      codecKeys: new Map(codecKeys.flatMap(([uri, key]) => (key === null ? [] : [[uri, key]]))),
    };
    const transportStream =
      known.transportStream ?? (await transportStreamOf(directory, entries, readable.sizes));
    // Only what the playlist still lists is remembered, so memory is bounded by what is kept on disk.
    const closed = new Set(listed.flatMap(({ uri, completeBytes }) => (completeBytes === null ? [uri] : [])));
    const listedInits = new Set(listed.flatMap(({ initUri }) => initUri ?? []));
    knownOf.set(id, {
      sizes: pick(closed, [...known.sizes, ...readable.sizes]),
      codecKeys: pick(listedInits, [...known.codecKeys, ...readable.codecKeys]),
      ...(transportStream === undefined ? {} : { transportStream }),
    });
    return sessionPieces({
      ...{ sessionId: id, directory, entries, ...readable },
      transportStream: transportStream ?? null,
    });
  }

  return {
    /**
     * Returns the session's pieces that are whole on disk, oldest first. Returns none when there is no buffer, or not
     * yet.
     * @param recent the part that is needed, so that no more files than these are looked at; there may be more pieces
     */
    async read({ id, segmentPath }: BufferLocation, recent?: RecentPart): Promise<Piece[]> {
      const directory = bufferDirectory(bufferDir, segmentPath);
      const [text, names] = await Promise.all([
        orIfMissing(readFile(join(directory, PLAYLIST), 'utf8'), ''),
        orIfMissing(readdir(directory), []),
      ]);
      const present = new Set(names);
      const entries = parsePlaylist(text).filter((entry) => present.has(entry.uri));
      if (recent !== undefined) {
        const endMs = Math.min(recent.beforeMs, ...entries.slice(-1).map(endOf));
        const fromMs = endMs - recent.ms - RECENT_MARGIN_MS;
        const last = entries.filter((entry) => endOf(entry) > fromMs);
        const pieces = await piecesOf({ id, directory }, entries, last);
        if ((pieces.at(-1)?.toMs ?? 0) > endMs - RECENT_MARGIN_MS) return pieces;
      }
      return piecesOf({ id, directory }, entries, entries);
    },

    /** Forgets a session whose buffer is gone. */
    forget(sessionId: string): void {
      knownOf.delete(sessionId);
    },

    forgetAll(): void {
      knownOf.clear();
    },
  };
}

const endOf = ({ fromMs, durationMs }: PlaylistEntry): number => fromMs + durationMs;

/** Returns the entries of some names. The last one of a name counts. */
function pick<T>(names: ReadonlySet<string>, entries: readonly (readonly [string, T])[]): Map<string, T> {
  return new Map(entries.filter(([name]) => names.has(name)));
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Waits for work on files. A missing file is no error, because retention and recorders change the directory at the same
 * time.
 */
async function orIfMissing<T>(work: Promise<T>, ifMissing: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return ifMissing;
    throw error;
  }
}
