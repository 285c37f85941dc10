import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient, ReplayClip } from '@hindsight/db/client';
import type { HeadCoding } from '@hindsight/mp4/layout/exact-cut';
import { fitsMostPictures, joinVideos } from '@hindsight/mp4/layout/join-videos';
import { narrowEntries } from '@hindsight/mp4/layout/narrow-entries';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { replaceSound } from '@hindsight/mp4/layout/replace-sound';
import { readMovieTracks, trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { Ffmpeg, RunOptions } from '../../ffmpeg/ffmpeg.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import { MAX_BYTES_PER_SECOND } from '../instant/clip-file-writer.ts';
import { checkClip, type WrittenClip } from '../lifecycle/clip-check.ts';
import type { ClipMaker } from '../lifecycle/clip-maker.ts';
import { toOneSize } from '../post-process/one-size.ts';
import { cutExactly } from '../trim/exact-start.ts';
import { trimCommand } from '../trim/trim-args.ts';
import { planTrim } from '../trim/trim-plan.ts';
import { joinedSoundCommand } from './join-args.ts';
import { planJoin, type JoinPart, type JoinPlan } from './join-plan.ts';
import { findJoinSources } from './joins.service.ts';

/** This is the highest id of a sequence parameter set (ISO/IEC 14496-10, 7.4.2.1.1). */
const MAX_PARAMETER_SET_ID = 31;
/** The encoders may take this many times the length of the clip. */
const TIMEOUT_FACTOR = 4;
/** The tolerance is about one audio packet, and each clip's last picture may end between two ticks. */
const DURATION_TOLERANCE_SECONDS = 0.05;

interface JoinMakerDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'localCopy'>;
  ffmpeg: Ffmpeg;
  /** Resolves when the file of a clip is written. */
  requireFile: (clipId: string, signal: AbortSignal) => Promise<void>;
}

interface Work {
  paths: readonly string[];
  plan: JoinPlan;
  /** The true time of the first picture, in epoch ms. */
  recordedAtMs: number;
  directory: string;
  run: RunOptions;
}

/** Joins clips. Pictures are copied where they fit each other, and sound is encoded. */
export function createJoinMaker({ db, storage, ffmpeg, requireFile }: JoinMakerDependencies): ClipMaker {
  /** Returns the video of one clip, which hides nothing. What had to be encoded is in files in `directory`. */
  async function videoOf(
    part: JoinPart,
    number: number,
    { paths, run, directory }: Work,
  ): Promise<FileTrack> {
    const sourcePath = paths[number] ?? '';
    const own = join(directory, String(number));
    await mkdir(own);
    const quietly = { ...run, onProgress: undefined };
    const { video, cut, durationSeconds } = part;
    if (cut !== null) {
      const apart = { ...cut, coding: { ...cut.coding, parameterSetId: idApart(cut.coding, number) } };
      return cutExactly(ffmpeg, sourcePath, { video, cut: apart }, { ...quietly, directory: own });
    }
    const whole = planTrim([video], { fromSeconds: 0, toSeconds: durationSeconds });
    if (whole === null) throw new AppError('NOT_FOUND');
    const outputPath = join(own, 'video.mp4');
    const parameters = [`sps-id=${number + 1}`];
    await ffmpeg.run(trimCommand(sourcePath, whole, { recordedAtMs: 0, outputPath, parameters }), quietly);
    return trackOf(await readMovieTracks(outputPath), 'video');
  }

  async function make(work: Work): Promise<WrittenClip> {
    const { paths, plan, recordedAtMs, directory, run } = work;
    const videos: FileTrack[] = [];
    for (const [number, part] of plan.parts.entries())
      videos.push(await narrowEntries(await videoOf(part, number, work)));
    const quietly = { ...run, onProgress: undefined };
    const video = await toOneSize(ffmpeg, joinVideos(videos), { ...quietly, directory }, fitsMostPictures);
    const soundPath = join(directory, 'sound.mp4');
    const sounds = plan.parts.map(({ hasAudio, durationSeconds }, at) => ({
      ...{ hasAudio, durationSeconds, path: paths[at] ?? '' },
    }));
    if (plan.hasAudio) await ffmpeg.run(joinedSoundCommand(sounds, soundPath), run);
    const layout = replaceSound(video, plan.hasAudio ? await readMovieTracks(soundPath) : [], recordedAtMs);
    const path = join(directory, 'clip.mp4');
    const { signal } = run;
    const checksum = await writeLayout(layout, path, { signal, maxBytesPerSecond: MAX_BYTES_PER_SECOND });
    return checkClip(ffmpeg, path, {
      directory,
      durationSeconds: plan.durationSeconds,
      toleranceSeconds: DURATION_TOLERANCE_SECONDS,
      checksum,
      signal,
    });
  }

  async function requireSources(clip: ReplayClip) {
    const sources = await findJoinSources(db, clip);
    if (sources === null) throw new AppError('JOINED_CLIP_CHANGED');
    return sources;
  }

  return {
    async make(clip, { directory, signal, report }) {
      await report('ENCODING', 0);
      for (const source of await requireSources(clip)) await requireFile(source.id, signal);
      // A clip may have got a better file meanwhile.
      const sources = await requireSources(clip);
      const paths: string[] = [];
      const clips = [];
      for (const [number, { file, durationMs }] of sources.entries()) {
        const own = join(directory, `source-${number}`);
        await mkdir(own);
        const path = await storage.localCopy(file.storageKey, own, signal);
        paths.push(path);
        clips.push({ durationMs, movie: await readMovieTracks(path) });
      }
      const plan = planJoin(clips);
      if (plan === null) throw new AppError('JOINED_CLIP_CHANGED');
      const run: RunOptions = {
        timeoutMs: MINUTE + TIMEOUT_FACTOR * plan.durationSeconds * SECOND,
        signal,
        onProgress: (seconds) =>
          void report('ENCODING', seconds / plan.durationSeconds).catch(() => undefined),
      };
      const written = await make({ paths, plan, recordedAtMs: clip.fromAt.getTime(), directory, run });
      // Nobody gets what has been deleted or cut off while this was made.
      await requireSources(clip);
      return {
        written,
        range: { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() },
        markers: inJoined(sources, ({ markers }) => markers),
      };
    },
  };
}

/** What is encoded of different clips has parameter sets of different ids, so that one sample entry holds them all. */
function idApart({ parameterSetId }: HeadCoding, number: number): number {
  return Math.min(MAX_PARAMETER_SET_ID, parameterSetId + number);
}

/** Returns the markers of joined clips, each as far behind the start as it is in the joined one. */
function inJoined<Source extends { durationMs: number }>(
  sources: readonly Source[],
  markersOf: (source: Source) => readonly { offsetMs: number; label: string | null }[],
) {
  let beforeMs = 0;
  return sources.flatMap((source) => {
    const atMs = beforeMs;
    beforeMs += source.durationMs;
    return markersOf(source).map(({ offsetMs, label }) => ({ offsetMs: offsetMs + atMs, label }));
  });
}
