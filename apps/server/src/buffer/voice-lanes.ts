import { readdir, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isVoiceName,
  latestEndMs,
  parseVoicePieceName,
  VOICES_FOLDER,
} from '@hindsight/recorder/voices/voice-piece';
import { hasCode } from '@hindsight/shared/error-code';
import { bufferDirectory } from './buffer-paths.ts';

/** A file with what one microphone of a person sent in one window of time. Times are in epoch ms. */
export interface VoicePieceFile {
  /** The person's id, which is also their identity in LiveKit. */
  identity: string;
  slot: number;
  /** The path of the file is absolute. */
  path: string;
  fromMs: number;
  /** The piece ends at this time at the latest. */
  toMs: number;
  /** The file has this many bytes by now; that of a running recording may grow. */
  sizeBytes: number;
}

export type VoiceLanes = ReturnType<typeof createVoiceLanes>;

/** Reads and deletes the voices that buffers hold. They lie beside the segments of the share, in a folder for each person. */
export function createVoiceLanes({ bufferDir }: { bufferDir: string }) {
  const folderOf = (segmentPath: string): string =>
    join(bufferDirectory(bufferDir, segmentPath), VOICES_FOLDER);

  async function piecesOf(folder: string, identity: string): Promise<Omit<VoicePieceFile, 'sizeBytes'>[]> {
    const names = await namesIn(join(folder, identity));
    return names.toSorted().flatMap((name) => {
      const piece = parseVoicePieceName(name);
      if (piece === null) return [];
      return [{ identity, ...piece, path: join(folder, identity, name), toMs: latestEndMs(piece.fromMs) }];
    });
  }

  return {
    /** Returns the pieces of a session that may have something of a time span (epoch ms): voice by voice, each in order. */
    async list(segmentPath: string, fromMs: number, toMs: number): Promise<VoicePieceFile[]> {
      const folder = folderOf(segmentPath);
      const identities = (await namesIn(folder)).filter(isVoiceName).toSorted();
      const pieces = await Promise.all(identities.map((identity) => piecesOf(folder, identity)));
      const touching = pieces.flat().filter((piece) => piece.fromMs < toMs && piece.toMs > fromMs);
      const sized = await Promise.all(
        touching.map(async (piece) => {
          const sizeBytes = await sizeOf(piece.path);
          return sizeBytes === null ? [] : [{ ...piece, sizeBytes }];
        }),
      );
      return sized.flat();
    },

    /** Deletes the pieces of a session that end before a moment (epoch ms). */
    async dropBefore(segmentPath: string, beforeMs: number): Promise<void> {
      const folder = folderOf(segmentPath);
      for (const identity of (await namesIn(folder)).filter(isVoiceName)) {
        const old = (await piecesOf(folder, identity)).filter(({ toMs }) => toMs <= beforeMs);
        for (const { path } of old) await unlinkIfThere(path);
        if (old.length > 0) await removeIfEmpty(join(folder, identity));
      }
    },

    /** Deletes what the buffer of a session holds of a person's voice. A recording that runs must have let go of it before. */
    async forget(segmentPath: string, identity: string): Promise<void> {
      if (!isVoiceName(identity))
        throw new RangeError(`${JSON.stringify(identity)} is not the name of a voice`);
      await rm(join(folderOf(segmentPath), identity), { recursive: true, force: true });
    },
  };
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    // It has pieces, or is already gone.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Returns the size of a file; null when retention has deleted it meanwhile. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
