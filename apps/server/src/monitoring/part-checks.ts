import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PrismaClient } from '@hindsight/db/client';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { SECOND } from '@hindsight/shared/units';
import type { DiskGuard } from '../storage/disk-guard.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { LiveKit } from '../voice/livekit.ts';
import { tryToWrite } from '../storage/writable-folder.ts';
import type { Part, PartCheck } from './readiness.ts';

interface PartChecksDependencies {
  db: PrismaClient;
  livekit: Pick<LiveKit, 'rooms'>;
  recorder: Pick<Recorder, 'ping'>;
  disks: readonly Pick<DiskGuard, 'isLow'>[];
  /** Buffers and unfinished clips are written to these folders. */
  writableDirs: readonly string[];
  storage: Pick<ObjectStorage, 'ping'>;
  ffmpegPath: string;
}

const FFMPEG_TIMEOUT_MS = 5 * SECOND;

/** Makes the checks that ask each part of the server whether it is available. */
export function createPartChecks({
  db,
  livekit,
  recorder,
  disks,
  writableDirs,
  storage,
  ffmpegPath,
}: PartChecksDependencies): Record<Part, PartCheck> {
  return {
    async database() {
      await db.$queryRaw`SELECT 1`;
    },
    async livekit() {
      await livekit.rooms();
    },
    async recorder() {
      await recorder.ping();
    },
    async storage() {
      await Promise.all([...writableDirs.map(tryToWrite), storage.ping()]);
    },
    async disk() {
      const areLow = await Promise.all(disks.map((disk) => disk.isLow()));
      return areLow.includes(true) ? 'low' : 'ok';
    },
    async ffmpeg() {
      await promisify(execFile)(ffmpegPath, ['-version'], { timeout: FFMPEG_TIMEOUT_MS });
    },
  };
}
