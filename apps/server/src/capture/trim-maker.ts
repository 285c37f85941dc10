import { join } from 'node:path';
import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { startChecksumThread } from './checksum.ts';
import { checkClip } from './clip-check.ts';
import { readClipIndex } from './clip-index.ts';
import type { ClipMaker } from './clip-maker.ts';
import { markersInTrim } from './clip-markers.ts';
import type { Ffmpeg } from './ffmpeg.ts';
import { trimCommand } from './trim-args.ts';
import { planTrim } from './trim-plan.ts';
import { findTrimSource } from './trims.service.ts';

/** Real-time speed is the least that an encoder must reach. */
const TIMEOUT_FACTOR = 3;
/** A packet of sound. */
const DURATION_TOLERANCE_SECONDS = 0.03;

interface TrimMakerDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'localCopy'>;
  ffmpeg: Ffmpeg;
  /** Resolves when the file of a clip is written. */
  requireFile: (clipId: string, signal: AbortSignal) => Promise<void>;
}

/** Cuts trims out of their clips. */
export function createTrimMaker({ db, storage, ffmpeg, requireFile }: TrimMakerDependencies): ClipMaker {
  return {
    async make(clip: ReplayClip, { directory, signal, report }) {
      const source = await findTrimSource(db, clip);
      // Removed by its owner meanwhile.
      if (source === null || source.file === null) throw new AppError('NOT_FOUND');
      const cut = { fromMs: clip.trimFromMs ?? 0, toMs: clip.trimToMs ?? 0 };
      const durationSeconds = (cut.toMs - cut.fromMs) / SECOND;
      await report('ENCODING', 0);
      await requireFile(source.id, signal);
      await using checksumThread = startChecksumThread(signal);
      const sourcePath = await storage.localCopy(source.file.storageKey, directory, signal);
      const plan = planTrim(await readClipIndex(sourcePath), {
        fromSeconds: cut.fromMs / SECOND,
        toSeconds: cut.toMs / SECOND,
      });
      if (plan === null) throw new AppError('NOT_FOUND');
      const path = join(directory, 'clip.mp4');
      await ffmpeg.run(trimCommand(sourcePath, plan, path), {
        timeoutMs: MINUTE + TIMEOUT_FACTOR * durationSeconds * SECOND,
        signal,
        onProgress: (outputSeconds) =>
          void report('ENCODING', outputSeconds / durationSeconds).catch(() => undefined),
      });
      return {
        written: await checkClip(ffmpeg, path, {
          directory,
          durationSeconds,
          toleranceSeconds: DURATION_TOLERANCE_SECONDS,
          checksum: checksumThread.sha256(path),
          signal,
        }),
        range: { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() },
        markers: markersInTrim(source.markers, cut),
      };
    },
  };
}
