import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { allowance } from '@hindsight/rig/media/allowance';
import { playInChromium } from '@hindsight/rig/browsers/hls-playback';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { launchSharingBrowser, startSharer, type SharerOptions } from '@hindsight/rig/browsers/sharer';
import { createEmbeddedRecorder } from '@hindsight/recorder/embedded.recorder';
import type { Recorder, RecorderEvent } from '@hindsight/recorder/recorder.port';
import type { ClipEvent } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createSessionBuffers } from '../../buffer/session-buffers.ts';
import { createConversions } from '../../preview/conversions.ts';
import { previewPlaylist } from '../../preview/preview-playlist.ts';
import { createFfmpeg } from '../../ffmpeg/ffmpeg.ts';
import { readInitTracks } from '@hindsight/mp4/fragments/init-tracks';
import { openCaptureStage, type Capturer, type CaptureStage } from '../../testing/capture-stage.ts';
import { watch } from '../testing/watch.ts';

/** The setup records five shares. */
const SETUP_MS = 240_000;
const POLL = { timeout: 60 * SECOND, interval: 100 };
/** This is just large enough for the clock to be read. */
const VIDEO = { width: 1024, height: 224, framesPerSecond: 10, bitrateBps: 800_000 };
/** This is large enough for Chromium to send three layers. */
const LAYERED = {
  codec: 'vp9',
  scalabilityMode: 'L3T3_KEY',
  video: { width: 1280, height: 720, framesPerSecond: 10, bitrateBps: 1_500_000 },
} as const;

let rig: LivekitRig;
let stage: CaptureStage;
let recorder: Recorder;
let browser: Awaited<ReturnType<typeof launchSharingBrowser>>;
const events: RecorderEvent[] = [];
let shares: Record<'vp8' | 'vp9' | 'av1' | 'layers' | 'simulcast', BufferedShare>;

beforeAll(async () => {
  [rig, stage, browser] = await Promise.all([startLivekit(), openCaptureStage(), launchSharingBrowser()]);
  recorder = createEmbeddedRecorder({ ...rig, livekitUrl: rig.url, segmentMs: 2 * SECOND });
  recorder.subscribe((event) => events.push(event));
  // Two are recorded at a time: recording is mostly waiting, but browsers' encoders are not.
  const [vp8, vp9] = await Promise.all([recordShare({ codec: 'vp8' }), recordShare({ codec: 'vp9' })]);
  const [av1, simulcast] = await Promise.all([
    recordShare({ codec: 'av1' }),
    recordShare({ codec: 'vp8', isSimulcast: true }),
  ]);
  const layers = await recordShare(LAYERED);
  shares = { vp8, vp9, av1, layers, simulcast };
}, SETUP_MS);
afterAll(async () => {
  await browser.close();
  await recorder.close();
  await rig.stop();
  await stage.close();
});

interface BufferedShare {
  video: { width: number; height: number };
  capturer: Capturer;
  sessionId: string;
  segmentPath: string;
  init: Buffer;
  /** A busy machine draws, captures and encodes late. */
  clockErrorMs: number;
}

/** A user shares for some seconds while the recorder buffers it. */
async function recordShare({
  video = VIDEO,
  ...options
}: Partial<SharerOptions> & { video?: typeof VIDEO }): Promise<BufferedShare> {
  const capturer = await stage.createCapturer();
  const { user, channelId } = capturer;
  const who = { room: channelId, identity: user.id };
  const sharer = await startSharer({ livekit: rig, browser, ...who, video, ...options });
  try {
    const { sessionId, segmentPath } = await stage.createSession(capturer, {
      startMs: Date.now(),
      endMs: null,
    });
    const directory = join(stage.bufferDir, segmentPath);
    const { egressId } = await recorder.start({
      ...{ sessionId, ...who },
      videoTrackSid: sharer.videoTrackSid,
      audioTrackSid: sharer.audioTrackSid,
      quality: '720p',
      destination: directory,
    });
    const mine = () => events.filter((event) => event.sessionId === sessionId);
    const segmentsSoFar = () => mine().flatMap((event) => (event.type === 'segment' ? [event] : []));
    await vi.waitFor(async () => {
      expect(segmentsSoFar().length).toBeGreaterThan(2);
      // A busy browser begins a simulcast share with its smaller pictures.
      expect(await widthsOf({ sessionId, segmentPath })).toContain(video.width);
    }, POLL);
    await recorder.stop(egressId);
    const segments = segmentsSoFar();
    const startedAt = new Date(segments[0]?.fromMs ?? 0);
    const endedAt = new Date(segments.at(-1)?.toMs ?? 0);
    await stage.db.egressSession.update({
      where: { id: sessionId },
      data: { startedAt, endedAt, status: 'STOPPED', endReason: 'SHARE_ENDED' },
    });
    const init = await readFile(join(directory, 'init_0.mp4'));
    return { video, capturer, sessionId, segmentPath, init, clockErrorMs: allowance(150, 500) };
  } finally {
    await sharer.close();
  }
}

it.each([
  ['vp8', 'vp8', 'vp08'],
  ['vp9', 'vp9', 'vp09'],
  ['vp9 with spatial layers', 'layers', 'vp09'],
  ['av1', 'av1', 'av01'],
] as const)('buffers a share in %s unchanged, and saves it as H.264', async (_, name, sampleEntry) => {
  const share = shares[name];
  const { video, init, capturer, clockErrorMs } = share;
  expect(init.includes(sampleEntry)).toBe(true);
  // VP8 is played as converted, because Chromium can't play it otherwise.
  await expectPreviewPlays(share);

  const phases = new Set<string | null>();
  const fractions: number[] = [];
  stage.events.listen('clip', ({ event }: { event: ClipEvent }) => {
    if (event.type !== 'changed') return;
    phases.add(event.clip.phase);
    if (event.clip.phase === 'ENCODING' && event.clip.progress !== null) fractions.push(event.clip.progress);
  });
  const { clip } = await stage.captureLastMinute(capturer);
  const ready = await stage.settled(capturer, clip.id);
  expect(ready).toMatchObject({
    status: 'READY',
    videoCodec: 'h264',
    width: video.width,
    height: video.height,
  });
  expect(phases).toContain('ENCODING');
  expect(fractions.some((fraction) => fraction > 0)).toBe(true);
  const { attempts: failed } = await stage.db.replayClip.findUniqueOrThrow({ where: { id: clip.id } });
  const attempts = attemptsIn(fractions);
  expect(attempts.length).toBeLessThanOrEqual(failed + 1);
  for (const attempt of attempts)
    expect(attempt, `told ${fractions.join()}`).toEqual(attempt.toSorted((a, b) => a - b));

  const { frames, summary, audioDelayMs } = await watch(stage.videoPath(capturer, clip.id));
  const fromMs = Date.parse(ready.from);
  const errors = frames.flatMap(({ ptsMs, burntMs }) => (burntMs === null ? [] : [fromMs + ptsMs - burntMs]));
  expect(errors.length).toBeGreaterThan(0.9 * frames.length);
  expect(Math.abs(median(errors))).toBeLessThan(clockErrorMs);
  expect(Math.abs(summary.durationMs - (Date.parse(ready.to) - fromMs))).toBeLessThan(300);
  expect(Math.abs(audioDelayMs ?? Infinity)).toBeLessThan(clockErrorMs);
});

/** Splits progress where it begins again at 0, because a first attempt may fail on a busy machine. */
function attemptsIn(fractions: readonly number[]): number[][] {
  const starts = fractions.flatMap((fraction, at) => (fraction === 0 && fractions[at - 1] !== 0 ? [at] : []));
  return starts.map((from, index) => fractions.slice(from, starts[index + 1]));
}

it('buffers the largest picture of a simulcast share', async () => {
  expect(await widthsOf(shares.simulcast)).toContain(VIDEO.width);
});

type BufferPlace = Pick<BufferedShare, 'sessionId' | 'segmentPath'>;

const piecesOf = ({ sessionId: id, segmentPath }: BufferPlace) =>
  createSessionBuffers({ bufferDir: stage.bufferDir }).read({ id, segmentPath });

/** Returns how wide the pictures of each piece of a buffer are. */
async function widthsOf(place: BufferPlace): Promise<(number | undefined)[]> {
  const paths = (await piecesOf(place)).flatMap(({ initPath }) => initPath ?? []);
  const inits = await Promise.all(paths.map(readInitTracks));
  return inits.map((tracks) => tracks.find(({ kind }) => kind === 'video')?.width);
}

/** Plays the preview of a buffer in a real player. */
async function expectPreviewPlays(share: BufferedShare): Promise<void> {
  const pieces = await piecesOf(share);
  const ffmpeg = createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
  const conversions = createConversions(ffmpeg);
  const playlist = previewPlaylist(pieces, await conversions.needed(pieces));
  const readPart = async (uri: string) => {
    const [name, part] = uri.split('/h264/');
    const path = join(stage.bufferDir, share.segmentPath, basename(name ?? ''));
    const piece = pieces.find((one) => one.path === path);
    if (part === undefined || piece === undefined) return readFile(path);
    const { init, media } = await conversions.of(piece);
    return part.endsWith('init.mp4') ? init : media;
  };
  const { pictures, error } = await playInChromium(browser, playlist, readPart, share.video.width);
  await conversions.close();
  expect(error).toBeNull();
  const errors = pictures.flatMap(({ listedMs, burntMs }) => (burntMs === null ? [] : [listedMs - burntMs]));
  expect(errors.length, `clocks read in ${pictures.length} pictures`).toBeGreaterThan(10);
  expect(errors.length).toBeGreaterThan(0.8 * pictures.length);
  expect(Math.abs(median(errors))).toBeLessThan(share.clockErrorMs);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
