import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { ClipTruth } from '@hindsight/rig/tools/clip-truth';
import { silenceBut } from '../capture/testing/silenced-recording.ts';
import { findClipFile } from '../clips/clip-files.ts';
import type { Capturer, CaptureStage } from './capture-stage.ts';

/** A form is a kind of clip that programs have been seen to read wrongly. */
export const CLIP_FORMS = ['plain', 'two sizes', 'late sound', 'gap', 'still screen'] as const;
export type ClipForm = (typeof CLIP_FORMS)[number];

export interface FormedClip {
  form: ClipForm;
  clipId: string;
  path: string;
  /** This is what a program must show of it. */
  truth: ClipTruth;
}

interface Captured {
  form: ClipForm;
  capturer: Capturer;
  clipId: string;
  truth: ClipTruth;
}

const RATE = 30;
const WIDTH = 1024;
/** The clock is in the pictures of both heights. */
const HEIGHTS = [256, 576] as const;
/** All clips begin 3.4 s behind a keyframe, between two beeps, which are half a second after each second of the share. */
const [FROM_MS, TO_MS] = [3400, 9400];

/**
 * Captures a clip of each form from recordings with a burnt-in clock, and waits until their files are written.
 * @returns a function that gives the clips as they are now: as they were captured, or after post-processing
 */
export async function captureForms(
  stage: CaptureStage,
  forms: readonly ClipForm[] = CLIP_FORMS,
): Promise<() => Promise<FormedClip[]>> {
  const captured: Captured[] = [];
  for (const form of forms) captured.push(await captureForm(stage, form));
  return async () => {
    const clips: FormedClip[] = [];
    for (const { form, truth, clipId } of captured) {
      const { storageKey } = await findClipFile(stage.db, clipId, 'video');
      clips.push({ form, clipId, truth, path: stage.pathOf(storageKey) });
    }
    return clips;
  };
}

/**
 * Downloads clips as they are now: right after the press, and after post-processing.
 * @returns them with the paths of what was downloaded
 */
export async function downloaded(stage: CaptureStage, clips: readonly FormedClip[]): Promise<FormedClip[]> {
  const folder = await mkdtemp(join(stage.directory, 'downloads-'));
  // Some programs are run by another user.
  await chmod(folder, 0o755);
  const downloads: FormedClip[] = [];
  for (const clip of clips) {
    const { file, storage } = await stage.exactVideos.find(
      await findClipFile(stage.db, clip.clipId, 'video'),
      MINUTE,
    );
    const path = join(folder, `${clip.clipId}.mp4`);
    await writeFile(path, await storage.read(file.storageKey, { start: 0, end: file.sizeBytes - 1 }));
    downloads.push({ ...clip, path });
  }
  return downloads;
}

/** Gives all clips the file that they have in the end. */
export async function postProcessAll(stage: CaptureStage): Promise<void> {
  const postProcessing = await stage.startPostProcessing();
  await postProcessing.sweep();
  await stage.jobs.runAll();
  postProcessing.close();
}

async function captureForm(stage: CaptureStage, form: ClipForm): Promise<Captured> {
  const capturer = await stage.createCapturer();
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 30 * SECOND + SECOND / 2;
  const truth: ClipTruth = {
    fromMs: startMs + FROM_MS,
    durationMs: TO_MS - FROM_MS,
    framesPerSecond: RATE,
    skips: [],
    beepsMs: [100, 1100, 2100, 3100, 4100, 5100],
  };
  const media = { startMs, durationMs: 12 * SECOND, framesPerSecond: RATE, width: WIDTH, height: HEIGHTS[0] };
  if (form === 'plain') await stage.record(capturer, media);
  if (form === 'two sizes') {
    for (const [index, height] of HEIGHTS.entries())
      await stage.record(capturer, {
        ...{ ...media, height, durationMs: 8 * SECOND, startMs: startMs + index * 8 * SECOND },
      });
  }
  if (form === 'late sound') {
    await silenceBut(await stage.record(capturer, media), [6, 7, 8, 9, 10, 11]);
    truth.beepsMs = [3100, 4100, 5100];
  }
  if (form === 'gap') {
    // Nothing is recorded for three seconds, which the clip leaves out.
    await stage.record(capturer, { ...media, durationMs: 8 * SECOND });
    await stage.record(capturer, { ...media, durationMs: 8 * SECOND, startMs: startMs + 11 * SECOND });
    truth.skips = [{ atMs: 8000 - FROM_MS, lastedMs: 3000 }];
  }
  if (form === 'still screen') {
    await stage.record(capturer, { ...media, stillFromMs: 5000 });
    truth.stillFromMs = 5000 - FROM_MS;
  }
  const gapMs = truth.skips.reduce((sum, { lastedMs }) => sum + lastedMs, 0);
  const { clip } = await stage.captureRange(capturer, startMs + FROM_MS, startMs + TO_MS + gapMs);
  await stage.settled(capturer, clip.id);
  return { form, capturer, clipId: clip.id, truth };
}
