import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findClipFile } from '../clips/clip-files.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from '../testing/capture-stage.ts';
import { silenceBut } from './testing/silenced-recording.ts';
import { watch } from './testing/watch.ts';

const SETUP_MS = 120_000;
const SHARE_SECONDS = 12;
/** The clip begins and ends between beeps, of which there is one in the middle of each second of the share. */
const CLIP: [fromMs: number, toMs: number] = [800, 11_200];
const TRIM: [fromMs: number, toMs: number] = [1800, 9800];
/** The start moves to the edge of a packet of sound, and AAC's packets last 21 ms. */
const TOLERANCE_MS = 30;

/** In these seconds of a share there is sound. */
const SHARES: [name: string, seconds: number[]][] = [
  ['begins later than its pictures', [4, 5, 6, 7, 8, 9, 10, 11]],
  ['ends before its pictures', [0, 1, 2, 3, 4, 5, 6]],
  ['has gaps', [0, 1, 2, 5, 6, 7, 9, 10, 11]],
  ['begins later, has gaps and ends early', [2, 3, 6, 8]],
];

describe('a share whose sound doesn’t go through', () => {
  let stage: CaptureStage;
  /** There is a beep at each whole second of the clock. */
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 30 * SECOND + 500;
  const clips = new Map<string, { capturer: Capturer; clipId: string; before: string; trimId: string }>();

  beforeAll(async () => {
    stage = await openCaptureStage();
    for (const [name, seconds] of SHARES) {
      const capturer = await stage.createCapturer();
      const media = { durationMs: SHARE_SECONDS * SECOND, width: 1024, height: 256 };
      await silenceBut(await stage.record(capturer, { startMs, ...media }), seconds);
      const { clip } = await stage.captureRange(capturer, startMs + CLIP[0], startMs + CLIP[1]);
      await stage.settled(capturer, clip.id);
      const input = { clipId: clip.id, fromMs: 1000, toMs: 9000, mode: 'new' as const };
      const { id: trimId } = await stage.trim(capturer, input);
      await stage.settled(capturer, trimId);
      clips.set(name, { capturer, clipId: clip.id, before: await pathOf(clip.id), trimId });
    }
    const postProcessing = await stage.startPostProcessing();
    await postProcessing.sweep();
    await stage.jobs.runAll();
    postProcessing.close();
  }, SETUP_MS);
  afterAll(() => stage.close());

  const pathOf = async (clipId: string) =>
    stage.pathOf((await findClipFile(stage.db, clipId, 'video')).storageKey);

  /** Returns the seconds of the share whose beeps are heard, and by how much anything is too early or too late. */
  async function played(path: string, [fromMs, toMs]: [number, number]) {
    const { frames, beepsMs, summary } = await watch(path, { nearMs: startMs });
    const beepedMs = beepsMs.map((atMs) => atMs + fromMs - 500);
    const seconds = beepedMs.map((atMs) => Math.round(atMs / SECOND));
    const offMs = [
      summary.durationMs - (toMs - fromMs),
      ...beepedMs.map((atMs, index) => atMs - (seconds[index] ?? 0) * SECOND),
      ...frames.slice(1).map(({ ptsMs, burntMs }) => (burntMs ?? 0) - startMs - fromMs - ptsMs),
    ];
    return { seconds, offMs: Math.max(...offMs.map(Math.abs)) };
  }

  /** Returns those of some seconds whose beeps are in a range. */
  const within = (seconds: readonly number[], [fromMs, toMs]: [number, number]) =>
    seconds.filter((second) => second * SECOND + 500 > fromMs && second * SECOND + 500 < toMs);

  it.each(SHARES)('has each sound in time in the clip: %s', async (name, seconds) => {
    const { seconds: heard, offMs } = await played(clips.get(name)?.before ?? '', CLIP);
    expect(heard).toEqual(within(seconds, CLIP));
    expect(offMs).toBeLessThan(TOLERANCE_MS);
  });

  it.each(SHARES)('has each sound in time after post-processing: %s', async (name, seconds) => {
    const { capturer, clipId } = clips.get(name) ?? { capturer: null, clipId: '' };
    expect(await stage.clips.get(capturer?.user.id ?? '', clipId)).toMatchObject({ audioCodec: 'aac' });
    const { seconds: heard, offMs } = await played(await pathOf(clipId), CLIP);
    expect(heard).toEqual(within(seconds, CLIP));
    expect(offMs).toBeLessThan(TOLERANCE_MS);
  });

  it.each(SHARES)('has each sound in time in a trim: %s', async (name, seconds) => {
    const { seconds: heard, offMs } = await played(await pathOf(clips.get(name)?.trimId ?? ''), TRIM);
    expect(heard).toEqual(within(seconds, TRIM));
    expect(offMs).toBeLessThan(TOLERANCE_MS);
  });
});
