import { concatScript, vodPlaylist } from '../../ffmpeg/segment-playlist.ts';
import { moovUpperBound } from '@hindsight/mp4/tables/moov-upper-bound';
import { makeLabelPlace } from '@hindsight/mp4/tables/label-place';
import type { FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { startChecksumThread } from '../lifecycle/checksum.ts';
import { checkClip, START_TOLERANCE_SECONDS, type WrittenClip } from '../lifecycle/clip-check.ts';
import { clipSize, type ClipPlan, type RunPlan } from '../plan/clip-plan.ts';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import { readLastPictureSeconds, readTransportStreamHeadOf } from '../../buffer/transport-stream-file.ts';
import { copyCommand, encodeCommand } from './join-args.ts';

export interface WriteOptions {
  /** The directory is empty, and in the storage's file system. */
  directory: string;
  /** A re-encoded clip stays below this size. A copied one is as large as its pieces. */
  maxBytes: number;
  signal: AbortSignal;
  /** Receives in words how the clip differs from its plan, which then is no error. */
  onDeviation?: ((deviation: string) => void) | undefined;
  /** Receives a fraction, 0 to 1. */
  onProgress: (fraction: number) => void;
}

export type ClipEncoder = ReturnType<typeof createClipEncoder>;

const COPY_TIMEOUT_MS = 5 * MINUTE;
/** The encoder may take this many times the length of the clip. */
const ENCODE_TIMEOUT_FACTOR = 3;
/** Pictures are stored by at most this much earlier than they are shown: five of thirty a second, as egress encodes them. */
const REORDER_SECONDS = 5 / 30;
/** Packets are rounded at both ends of each run by at most this. */
const DURATION_TOLERANCE_SECONDS = 0.3;

/** Makes an MP4 and a poster with ffmpeg from a plan that can't be laid out. */
export function createClipEncoder({ ffmpeg }: { ffmpeg: Ffmpeg }) {
  /** Joins the runs without what is before the first `cutSeconds` of the first one. */
  async function copy(
    plan: ClipPlan,
    moovBytes: number,
    { directory, cutSeconds }: { directory: string; cutSeconds: number },
  ): Promise<FfmpegCommand> {
    const playlists = await writePlaylists(plan.runs, directory);
    const [first, ...others] = plan.runs;
    if (first === undefined) throw new RangeError('a plan has at least one run');
    const common = {
      startSeconds: leadInSeconds(first) + cutSeconds,
      durationSeconds: totalSeconds(plan.runs) - cutSeconds,
      hasAudio: first.hasAudio,
      recordedAtMs: plan.selection.fromMs + Math.round(cutSeconds * SECOND),
      moovBytes,
      outputPath: join(directory, 'clip.mp4'),
    };
    if (others.length === 0)
      return copyCommand({ ...common, inputPath: playlists[0] ?? '', isConcat: false });
    const inputPath = join(directory, 'runs.ffconcat');
    const files = await Promise.all(
      plan.runs.map(async (run, index) => {
        // The next run begins where the video of this one ends.
        const durationSeconds = leadInSeconds(run) + run.durationSeconds;
        const isLast = index === plan.runs.length - 1;
        const untilSeconds = isLast ? null : await surplusFrom(run, durationSeconds);
        return { path: playlists[index] ?? '', durationSeconds, untilSeconds };
      }),
    );
    await writeFile(inputPath, concatScript(files));
    return copyCommand({ ...common, inputPath, isConcat: true });
  }

  async function encode(
    plan: ClipPlan,
    moovBytes: number,
    { directory, maxBytes }: WriteOptions,
  ): Promise<FfmpegCommand> {
    const playlists = await writePlaylists(plan.runs, directory);
    const { width, height } = clipSize(plan.runs);
    const { isOnMediaTimeline } = plan;
    return encodeCommand({
      inputs: plan.runs.map((run, index) => ({
        playlistPath: playlists[index] ?? '',
        startSeconds: isOnMediaTimeline ? run.startSeconds : leadInSeconds(run),
        durationSeconds: run.durationSeconds,
        hasAudio: run.hasAudio,
        sampleEntry: run.sampleEntry,
      })),
      isOnMediaTimeline,
      width: even(width),
      height: even(height),
      framesPerSecond: Math.max(...plan.runs.map(encodedFrameRate)),
      maxBitrateBps: maxBitrateBps(maxBytes - moovBytes, totalSeconds(plan.runs)),
      recordedAtMs: plan.selection.fromMs,
      moovBytes,
      outputPath: join(directory, 'clip.mp4'),
    });
  }

  return {
    /**
     * Writes and checks a clip. A recording of egress may begin with up to half a second of sound alone; a copied clip that would
     * begin there begins with the first picture.
     * @returns what was written, and by how much it begins later than planned
     * @throws AppError FFMPEG_UNAVAILABLE, DISK_LOW, CONCATENATION_FAILED
     */
    async write(plan: ClipPlan, options: WriteOptions): Promise<{ written: WrittenClip; lateMs: number }> {
      const { directory, signal, onProgress } = options;
      await using checksumThread = startChecksumThread(signal);
      const durationSeconds = totalSeconds(plan.runs);
      const moovBytes = plan.canCopy ? copiedMoovBytes(plan) : encodedMoovBytes(plan);
      const path = join(directory, 'clip.mp4');
      const run = (command: FfmpegCommand) =>
        ffmpeg.run(command, {
          timeoutMs: plan.canCopy
            ? COPY_TIMEOUT_MS
            : MINUTE + ENCODE_TIMEOUT_FACTOR * durationSeconds * SECOND,
          signal,
          onProgress: (outputSeconds) => onProgress(outputSeconds / durationSeconds),
        });
      let lateSeconds = 0;
      if (plan.canCopy) {
        await run(await copy(plan, moovBytes, { directory, cutSeconds: 0 }));
        const { video } = await ffmpeg.probe(path, signal);
        lateSeconds = Math.max(0, video?.startSeconds ?? 0);
        if (lateSeconds > START_TOLERANCE_SECONDS)
          await run(await copy(plan, moovBytes, { directory, cutSeconds: lateSeconds }));
      } else await run(await encode(plan, moovBytes, options));
      await makeLabelPlace(path);
      // It must be awaited here, because the checksum thread ends with this function.
      const written = await checkClip(ffmpeg, path, {
        directory,
        durationSeconds: durationSeconds - lateSeconds,
        toleranceSeconds: DURATION_TOLERANCE_SECONDS * plan.runs.length,
        checksum: checksumThread.sha256(path),
        signal,
        onDeviation: options.onDeviation,
      });
      return { written, lateMs: Math.round(lateSeconds * SECOND) };
    },
  };
}

async function writePlaylists(runs: readonly RunPlan[], directory: string): Promise<string[]> {
  return Promise.all(
    runs.map(async ({ run }, index) => {
      const path = join(directory, `run-${index}.m3u8`);
      await writeFile(path, vodPlaylist(run.pieces));
      return path;
    }),
  );
}

/**
 * Returns from when on, in its own timestamps, a run of MPEG-TS holds more than its playlist says, such as the black at the end of a
 * recording, which would run into the next one. Returns null when it doesn't.
 */
async function surplusFrom({ run }: RunPlan, durationSeconds: number): Promise<number | null> {
  const [first, last] = [run.pieces[0], run.pieces.at(-1)];
  if (first === undefined || last === undefined) return null;
  const [{ startSeconds }, lastPicture] = await Promise.all([
    readTransportStreamHeadOf(first.path),
    readLastPictureSeconds(last.path),
  ]);
  if (startSeconds === null || lastPicture === null) return null;
  const endSeconds = startSeconds + durationSeconds;
  return lastPicture > endSeconds ? endSeconds - REORDER_SECONDS : null;
}

function totalSeconds(runs: readonly RunPlan[]): number {
  return runs.reduce((sum, run) => sum + run.durationSeconds, 0);
}

/** Returns the seconds between the beginning of the run's first piece and the start of the run. */
function leadInSeconds(run: RunPlan): number {
  return run.startSeconds - run.originSeconds;
}

function copiedMoovBytes({ runs }: ClipPlan): number {
  return moovUpperBound({
    video: runs.reduce((sum, { samples }) => sum + samples.video, 0),
    audio: runs.reduce((sum, { samples }) => sum + samples.audio, 0),
  });
}

const MIN_FRAMES_PER_SECOND = 15;
const MAX_FRAMES_PER_SECOND = 60;
const OPUS_PACKETS_PER_SECOND = 50;
const MIN_BITRATE_BPS = 400_000;
const AUDIO_SHARE_BPS = 128_000;

function encodedFrameRate({ samples, mediaSeconds }: RunPlan): number {
  const rate = Math.round(samples.video / Math.max(1, mediaSeconds));
  return Math.min(MAX_FRAMES_PER_SECOND, Math.max(MIN_FRAMES_PER_SECOND, rate));
}

function encodedMoovBytes({ runs }: ClipPlan): number {
  const seconds = totalSeconds(runs) + 1;
  return moovUpperBound({ video: seconds * MAX_FRAMES_PER_SECOND, audio: seconds * OPUS_PACKETS_PER_SECOND });
}

/** Returns the video bitrate that leaves room for sound and container. */
function maxBitrateBps(mediaBytes: number, durationSeconds: number): number {
  return Math.max(MIN_BITRATE_BPS, Math.floor((mediaBytes * 8 * 0.95) / durationSeconds - AUDIO_SHARE_BPS));
}

function even(pixels: number): number {
  return pixels + (pixels % 2);
}
