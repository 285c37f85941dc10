import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SyntheticPiece } from '@hindsight/rig/media/synthetic-buffer';
import { cutExactly } from '@hindsight/server/capture/trim/exact-start';
import { createFfmpeg } from '@hindsight/server/ffmpeg/ffmpeg';
import { trimCommand, trimSoundCommand } from '@hindsight/server/capture/trim/trim-args';
import { planTrim } from '@hindsight/server/capture/trim/trim-plan';
import { planExactStart } from '@hindsight/mp4/layout/exact-cut';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { replaceSound } from '@hindsight/mp4/layout/replace-sound';
import { HOUR, SECOND } from '@hindsight/shared/units';
import { layOut, measure, sha256, type Cost } from './ways-to-file.ts';

/** The cost of a trim includes how much of its pictures had to be encoded. */
export interface TrimCost extends Cost {
  encodedBytes: number;
  fileBytes: number;
}

export interface CutCosts {
  /** This trims off the first half of a clip, starting between two keyframes. */
  trim: { copied: TrimCost; whole: TrimCost };
  /** This encodes the pictures before the first keyframe of a clip, in the background. */
  exactStart: Cost & { pictures: number; encodedBytes: number };
}

const { signal } = new AbortController();
const ffmpeg = createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
/** A clip may begin anywhere between two keyframes, which come every four seconds; this is the middle. */
const BEHIND_KEYFRAME_SECONDS = 2;

/**
 * Trims a clip of all segments, once by copying what can be copied and once by encoding everything, and gives it an exact
 * start.
 */
export async function cutClip(pieces: readonly SyntheticPiece[], directory: string): Promise<CutCosts> {
  const scratch = await mkdtemp(join(directory, 'cut-'));
  const source = join(scratch, 'clip.mp4');
  const fromMs = (pieces[0]?.fromMs ?? 0) + BEHIND_KEYFRAME_SECONDS * SECOND;
  await writeLayout(layOut(pieces, fromMs), source, { signal });
  const costs = {
    trim: { copied: await trimByCopying(source, scratch), whole: await trimByEncoding(source, scratch) },
    exactStart: await startExactly(source, scratch),
  };
  await rm(scratch, { recursive: true });
  return costs;
}

async function plan(source: string) {
  const movie = await readMovieTracks(source);
  const { samples, timescale } = trackOf(movie, 'video');
  const seconds = (samples.at(-1)?.decodeTime ?? 0) / timescale;
  const planned = planTrim(movie, { fromSeconds: seconds / 2, toSeconds: seconds });
  if (planned?.pictures == null) throw new Error('the clip can be cut');
  return { trim: planned, pictures: planned.pictures };
}

async function trimByCopying(source: string, directory: string): Promise<TrimCost> {
  const [sound, output] = [join(directory, 'sound.mp4'), join(directory, 'trim.mp4')];
  let encodedBytes = 0;
  const cost = await measure(async () => {
    const { trim, pictures } = await plan(source);
    const run = { directory, timeoutMs: HOUR, signal };
    const video = await cutExactly(ffmpeg, source, pictures, run);
    await ffmpeg.run(trimSoundCommand(source, trim, sound), run);
    await writeLayout(replaceSound(video, await readMovieTracks(sound)), output, { signal });
    encodedBytes = bytesOf(video.samples.filter(({ path }) => path !== source));
  });
  return { ...cost, encodedBytes, fileBytes: await takeSize(output) };
}

async function trimByEncoding(source: string, directory: string): Promise<TrimCost> {
  const output = join(directory, 'trim.mp4');
  const cost = await measure(async () => {
    const { trim } = await plan(source);
    await ffmpeg.run(trimCommand(source, trim, { recordedAtMs: 0, outputPath: output }), {
      timeoutMs: HOUR,
      signal,
    });
    await sha256(output);
  });
  const encodedBytes = bytesOf(trackOf(await readMovieTracks(output), 'video').samples);
  return { ...cost, encodedBytes, fileBytes: await takeSize(output) };
}

async function startExactly(source: string, directory: string): Promise<CutCosts['exactStart']> {
  const video = trackOf(await readMovieTracks(source), 'video');
  const cut = planExactStart(video);
  if (cut === null) throw new Error('something is hidden in the clip');
  let encodedBytes = 0;
  const cost = await measure(async () => {
    const run = { directory, timeoutMs: HOUR, signal, isBackground: true };
    const { samples } = await cutExactly(ffmpeg, source, { video, cut }, run);
    encodedBytes = bytesOf(samples.filter(({ path }) => path !== source));
  });
  return { ...cost, pictures: cut.copiedFrom - cut.first, encodedBytes };
}

const bytesOf = (samples: readonly { sizeBytes: number }[]): number =>
  samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

async function takeSize(path: string): Promise<number> {
  const { size } = await stat(path);
  await rm(path);
  return size;
}
