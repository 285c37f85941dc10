import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFfmpeg, runFfprobe } from '@hindsight/rig/media/run-ffmpeg';
import { SECOND } from '@hindsight/shared/units';
import { openFirefoxVideoPage, openVideoPage } from '@hindsight/rig/browsers/video-page';
import { openFileServer } from '@hindsight/rig/servers/file-server';
import { viewInBrowser } from '@hindsight/rig/tools/browser';
import { deviations, type Viewing } from '@hindsight/rig/tools/clip-truth';
import { viewDecoded } from '@hindsight/rig/tools/decoded-file';
import { viewInGStreamer } from '@hindsight/rig/tools/gstreamer';
import { openParserPage, serveParsers } from '@hindsight/rig/tools/parser-page';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  captureForms,
  downloaded,
  postProcessAll,
  type ClipForm,
  type FormedClip,
} from '../../testing/clip-forms.ts';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';

describe('a clip that was just saved, in tools that take its file apart', () => {
  let directory: string;
  let stage: CaptureStage;
  let capturer: Capturer;
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - 30 * SECOND;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-tools-'));
    stage = await openCaptureStage();
    capturer = await stage.createCapturer();
  });
  afterEach(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  /** Saves a clip that hides the 3.4 s between a keyframe and its start. Returns the path of its file. */
  async function saved(): Promise<string> {
    await stage.record(capturer, { startMs, durationMs: 12 * SECOND });
    const { clip } = await stage.captureRange(capturer, startMs + 7400, startMs + 11_000);
    await stage.settled(capturer, clip.id);
    return stage.videoPath(capturer, clip.id);
  }

  it('is read by ffmpeg without a warning', async () => {
    const path = await saved();
    const { stderr } = await runFfmpeg(['-v', 'warning', '-i', path, '-c', 'copy', '-f', 'null', '-']);
    expect(stderr).toBe('');
  });

  it('keeps its times in order when it is copied into Matroska, which has no edit lists', async () => {
    const copy = join(directory, 'copy.mkv');
    await runFfmpeg(['-v', 'warning', '-i', await saved(), '-c', 'copy', copy]);
    const entries = ['-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0'];
    const { stdout } = await runFfprobe([...entries, copy]);
    const times = stdout.toString().trim().split('\n').map(Number);
    // Matroska counts milliseconds, and some fifty of these pictures are hidden in 80 of them.
    expect(times.length).toBeGreaterThan(100);
    expect(new Set(times).size).toBe(times.length);
    expect(times.toSorted((one, other) => one - other)).toEqual(times);
  });
});

/** `bench/playback/playback.ts` shows more forms to more tools; docs/playback.md has its table. */
describe('a clip, in tools that people open it with', () => {
  const SETUP_MS = 180_000;
  const FORMS: readonly ClipForm[] = ['plain', 'two sizes', 'still screen'];
  let stage: CaptureStage;
  let server: Awaited<ReturnType<typeof openFileServer>>;
  let before: FormedClip[];
  let atOnce: FormedClip[];
  let after: FormedClip[];
  beforeAll(async () => {
    stage = await openCaptureStage();
    const clips = await captureForms(stage, FORMS);
    before = await clips();
    atOnce = await downloaded(stage, before.slice(0, 2));
    await postProcessAll(stage);
    after = await clips();
    server = await openFileServer();
  }, SETUP_MS);
  afterAll(async () => {
    server.close();
    await stage.close();
  });

  /** Returns what a tool shows wrongly of each form. */
  async function wrongIn(
    clips: readonly FormedClip[],
    view: (clip: FormedClip, url: string) => Promise<Viewing>,
  ): Promise<Record<string, string[]>> {
    const wrong: Record<string, string[]> = {};
    for (const clip of clips) {
      const kind = clips === before ? 'before' : clips === after ? 'after' : 'at-once';
      const url = server.serve(`${kind}-${clips.indexOf(clip)}`, clip.path);
      const found = deviations(clip.truth, await view(clip, url));
      if (found.length > 0) wrong[clip.form] = found;
    }
    return wrong;
  }

  const ffmpeg = ({ path, truth }: FormedClip) => viewDecoded(path, truth.fromMs);

  describe.each([
    ['downloaded right after the press', () => atOnce],
    ['after post-processing', () => after],
  ])('%s', (_when, clipsOf) => {
    it('is shown rightly by ffmpeg and GStreamer', async () => {
      expect(await wrongIn(clipsOf(), ffmpeg)).toEqual({});
      const inGStreamer = ({ path, truth }: FormedClip) => viewInGStreamer(path, truth.fromMs);
      expect(await wrongIn(clipsOf(), inGStreamer)).toEqual({});
    });

    it('is shown rightly by Chromium and Firefox', async () => {
      await using chromium = await openVideoPage(server.origin);
      const inChromium = ({ truth }: FormedClip, url: string) => viewInBrowser(chromium, url, truth);
      expect(await wrongIn(clipsOf(), inChromium)).toEqual({});
      await using firefox = await openFirefoxVideoPage(server.origin);
      const inFirefox = ({ truth }: FormedClip, url: string) => viewInBrowser(firefox, url, truth);
      expect(await wrongIn(clipsOf(), inFirefox)).toEqual({});
    });

    it('is shown rightly by mp4box.js and Mediabunny', async () => {
      await using page = await openParserPage(server.origin);
      const { Mp4box, Mediabunny } = serveParsers(server);
      const near = ({ truth }: FormedClip) => truth.fromMs;
      const inMp4box = (clip: FormedClip, url: string) => page.view('Mp4box', Mp4box, url, near(clip));
      expect(await wrongIn(clipsOf(), inMp4box)).toEqual({});
      const inMediabunny = (clip: FormedClip, url: string) =>
        page.view('Mediabunny', Mediabunny, url, near(clip));
      expect(await wrongIn(clipsOf(), inMediabunny)).toEqual({});
    });
  });

  it('is shown rightly as it is stored first by tools that know edit lists, which count what it hides to its rate', async () => {
    // The rate is that of all pictures in the file, hidden ones too.
    const shown = (view: Viewing): Viewing => ({ ...view, framesPerSecond: null });
    expect(await wrongIn(before, async (clip) => shown(await ffmpeg(clip)))).toEqual({});
    await using chromium = await openVideoPage(server.origin);
    expect(await wrongIn(before, ({ truth }, url) => viewInBrowser(chromium, url, truth))).toEqual({});
  });
});
