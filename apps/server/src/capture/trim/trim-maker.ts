import { join } from 'node:path';
import type { File, PrismaClient, ReplayClip } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { makeLabelPlace } from '@hindsight/mp4/tables/label-place';
import { readMovieTracks } from '@hindsight/mp4/tables/movie-tracks';
import { replaceSound } from '@hindsight/mp4/layout/replace-sound';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { startChecksumThread } from '../lifecycle/checksum.ts';
import { checkClip, type WrittenClip, type WrittenFile } from '../lifecycle/clip-check.ts';
import type { ClipMaker } from '../lifecycle/clip-maker.ts';
import type { MixThreads } from '../mix/mix-threads.ts';
import { markersInTrim } from '../plan/clip-markers.ts';
import { cutExactly } from './exact-start.ts';
import type { Ffmpeg, RunOptions } from '../../ffmpeg/ffmpeg.ts';
import { MAX_BYTES_PER_SECOND } from '../instant/clip-file-writer.ts';
import { trimCommand, trimSoundCommand } from './trim-args.ts';
import { planTrim, type TrimPlan } from './trim-plan.ts';
import { findTrimSource } from './trims.service.ts';

/** The encoder may take this many times the length of the trim. */
const TIMEOUT_FACTOR = 3;
/** The tolerance is about one audio packet. */
const DURATION_TOLERANCE_SECONDS = 0.03;

interface TrimMakerDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'localCopy'>;
  ffmpeg: Ffmpeg;
  thread: Pick<MixThreads, 'cutTracks'>;
  /** Resolves when the file of a clip is written. */
  requireFile: (clipId: string, signal: AbortSignal) => Promise<void>;
}

/** The work is one trim that is being made from a file on this machine. */
interface Work {
  sourcePath: string;
  plan: TrimPlan;
  /** The true time of the trim's start, in epoch ms. */
  recordedAtMs: number;
  directory: string;
  run: RunOptions;
}

/** Cuts trims from their clips. */
export function createTrimMaker({
  db,
  storage,
  ffmpeg,
  thread,
  requireFile,
}: TrimMakerDependencies): ClipMaker {
  function check(path: string, checksum: string | Promise<string>, { plan, directory, run }: Work) {
    return checkClip(ffmpeg, path, {
      directory,
      durationSeconds: plan.toSeconds - plan.fromSeconds,
      toleranceSeconds: DURATION_TOLERANCE_SECONDS,
      checksum,
      signal: run.signal,
    });
  }

  async function encode(work: Work): Promise<WrittenClip> {
    const { sourcePath, plan, recordedAtMs, directory, run } = work;
    const path = join(directory, 'clip.mp4');
    await using checksumThread = startChecksumThread(run.signal);
    await ffmpeg.run(trimCommand(sourcePath, plan, { recordedAtMs, outputPath: path }), run);
    await makeLabelPlace(path);
    // It must be awaited here, because the checksum thread ends with this function.
    return await check(path, checksumThread.sha256(path), work);
  }

  /** Encodes the sound, and the pictures up to the first keyframe. The other pictures are copied. */
  async function cut(work: Work, pictures: NonNullable<TrimPlan['pictures']>): Promise<WrittenClip> {
    const { sourcePath, plan, recordedAtMs, directory, run } = work;
    const quietly = { ...run, onProgress: undefined };
    // Few pictures are encoded, so progress is measured on the sound when there is some.
    const video = await cutExactly(ffmpeg, sourcePath, pictures, {
      ...(plan.hasAudio ? quietly : run),
      directory,
    });
    const soundPath = join(directory, 'sound.mp4');
    if (plan.hasAudio) await ffmpeg.run(trimSoundCommand(sourcePath, plan, soundPath), run);
    // The clip's sound may have ended before the range, so this track may be empty.
    const layout = replaceSound(video, plan.hasAudio ? await readMovieTracks(soundPath) : [], recordedAtMs);
    const path = join(directory, 'clip.mp4');
    const { signal } = run;
    const checksum = await writeLayout(layout, path, { signal, maxBytesPerSecond: MAX_BYTES_PER_SECOND });
    return check(path, checksum, work);
  }

  /** @throws AppError NOT_FOUND when the owner has removed the clip meanwhile */
  async function requireSource(clip: ReplayClip) {
    const source = await findTrimSource(db, clip);
    if (source === null || source.file === null) throw new AppError('NOT_FOUND');
    return { ...source, file: source.file };
  }

  /** Cuts the separate tracks of a clip, if it has some. */
  async function cutTracks(
    { tracksFile }: { tracksFile: File | null },
    { fromAt, trimFromMs, trimToMs }: ReplayClip,
    { directory, signal }: { directory: string; signal: AbortSignal },
  ): Promise<WrittenFile | null> {
    if (tracksFile === null) return null;
    const path = join(directory, 'tracks.mp4');
    const written = await thread.cutTracks({
      path: await storage.localCopy(tracksFile.storageKey, directory, signal),
      fromSeconds: (trimFromMs ?? 0) / SECOND,
      toSeconds: (trimToMs ?? 0) / SECOND,
      outputPath: path,
      recordedAtMs: fromAt.getTime(),
    });
    return written === null ? null : { path, ...written };
  }

  return {
    async make(clip: ReplayClip, { directory, signal, report }) {
      await requireSource(clip);
      const range = { fromMs: clip.trimFromMs ?? 0, toMs: clip.trimToMs ?? 0 };
      const durationSeconds = (range.toMs - range.fromMs) / SECOND;
      await report('ENCODING', 0);
      await requireFile(clip.trimOfId ?? '', signal);
      // Its separate tracks are there when its file is.
      const source = await requireSource(clip);
      const sourcePath = await storage.localCopy(source.file.storageKey, directory, signal);
      const plan = planTrim(await readMovieTracks(sourcePath), {
        fromSeconds: range.fromMs / SECOND,
        toSeconds: range.toMs / SECOND,
      });
      if (plan === null) throw new AppError('NOT_FOUND');
      const run: RunOptions = {
        timeoutMs: MINUTE + TIMEOUT_FACTOR * durationSeconds * SECOND,
        signal,
        onProgress: (outputSeconds) =>
          void report('ENCODING', outputSeconds / durationSeconds).catch(() => undefined),
      };
      const tracks = await cutTracks(source, clip, { directory, signal });
      const work = { sourcePath, plan, recordedAtMs: clip.fromAt.getTime(), directory, run };
      return {
        written: {
          ...(plan.pictures === null ? await encode(work) : await cut(work, plan.pictures)),
          tracks,
        },
        range: { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() },
        markers: markersInTrim(source.markers, range),
      };
    },
  };
}
