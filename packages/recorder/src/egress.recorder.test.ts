import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParticipantInfo, WebhookEvent } from 'livekit-server-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RecorderEvent, RecordingRequest } from './recorder.port.ts';
import { startEgressPlayback, type EgressPlayback } from './testing/egress/egress-playback.ts';
import { createEgressRecorder, type EgressRecorder, type EgressRecorderOptions } from './egress.recorder.ts';

/** The recording is played this many times as fast, so that a segment takes 200 ms. */
const SPEED = 20;
const WAIT_MS = 15_000;

let playback: EgressPlayback;
let here: string;
let recorders: EgressRecorder[];
let shares = 0;

beforeEach(async () => {
  here = mkdtempSync(join(tmpdir(), 'egress-recorder-'));
  recorders = [];
  playback = await startEgressPlayback({ speed: SPEED, root: { egress: '/out', here } });
});
afterEach(async () => {
  await Promise.all(recorders.map((recorder) => recorder.close()));
  await playback.close();
  rmSync(here, { recursive: true });
});

/** Opens a recorder as one of our processes does. */
function open(options: Partial<EgressRecorderOptions> = {}) {
  const recorder = createEgressRecorder({
    livekitUrl: playback.url,
    apiKey: playback.apiKey,
    apiSecret: playback.apiSecret,
    segmentMs: 4000,
    root: { here, egress: '/out' },
    startTimeoutSeconds: 0.5,
    ...options,
    timing: { pollMs: 20, askMs: 200, askSoonMs: 50, stallMs: 1500, checkMs: 100, ...options.timing },
  });
  recorders.push(recorder);
  const events: RecorderEvent[] = [];
  recorder.subscribe((event) => events.push(event));
  const of = <T extends RecorderEvent['type']>(type: T) =>
    events.filter((event): event is RecorderEvent & { type: T } => event.type === type);
  const seen = <T extends RecorderEvent['type']>(type: T, count = 1) =>
    vi.waitFor(() => {
      if (of(type).length < count) throw new Error(`${of(type).length} of '${type}'`);
      return of(type);
    }, WAIT_MS);
  return { recorder, events, of, seen };
}

function newShare() {
  shares += 1;
  const share = playback.share(`room-${shares}`, `sharer-${shares}`);
  const request: RecordingRequest = {
    ...share,
    sessionId: `session-${shares}`,
    quality: '720p',
    destination: join(here, share.room, share.identity, `session-${shares}`),
  };
  return { share, request };
}

const playlistOf = ({ destination }: RecordingRequest) =>
  readFileSync(join(destination, 'full.m3u8'), 'utf8');
const filesOf = (playlist: string) => playlist.match(/^segment_.*$/gm) ?? [];

describe('a recording', () => {
  it('is in true time: its playlist starts at the first frame, although the clock of egress says later', async () => {
    const { recorder, seen } = open();
    const { request } = newShare();
    await recorder.start(request);
    const [started] = await seen('started');
    const segments = await seen('segment', 3);
    expect(segments.map(({ fromMs }) => fromMs - (started?.startedAtMs ?? 0))).toEqual([0, 200, 400]);
    const time = new Date(started?.startedAtMs ?? 0).toISOString();
    expect(playlistOf(request)).toContain(
      `#EXT-X-PROGRAM-DATE-TIME:${time}\n#EXTINF:0.200,\nsegment_00000.ts`,
    );
  });

  it('is complete in its final playlist, including what egress flushes at the end', async () => {
    const { recorder, seen } = open();
    const { request } = newShare();
    const { egressId } = await recorder.start(request);
    await seen('segment', 2);
    await recorder.stop(egressId);
    const files = filesOf(playlistOf(request));
    expect(files).toEqual(filesOf(readFileSync(join(request.destination, 'egress.m3u8'), 'utf8')));
    expect(await seen('segment', files.length)).toHaveLength(files.length);
    expect(files.every((file) => existsSync(join(request.destination, file)))).toBe(true);
  });

  it('never shows a reader half a playlist, although egress writes its own bit by bit', async () => {
    const { recorder, of } = open();
    const { share, request } = newShare();
    await recorder.start(request);
    const seenEntries: number[] = [];
    await vi.waitFor(
      () => {
        if (existsSync(join(request.destination, 'full.m3u8'))) {
          const playlist = playlistOf(request);
          expect(playlist).toMatch(/^#EXTM3U\n(.|\n)*\.ts\n(#EXT-X-ENDLIST\n)?$/);
          seenEntries.push(filesOf(playlist).length);
        }
        if (of('segment').length >= 4) void playback.unpublish(share);
        expect(of('ended')).toHaveLength(1);
      },
      { timeout: WAIT_MS, interval: 5 },
    );
    expect(seenEntries).toEqual(seenEntries.toSorted((a, b) => a - b));
  });

  it('resolves a flush when the moment of the call is published, at least a segment later', async () => {
    const { recorder, seen } = open();
    const { egressId } = await recorder.start(newShare().request);
    const [first] = await seen('segment');
    const calledMs = Date.now();
    expect(first?.toMs).toBeLessThan(calledMs);
    const { readableToMs } = await recorder.flush(egressId);
    expect(readableToMs).toBeGreaterThanOrEqual(calledMs);
  });

  it('does not keep a flush waiting for media that will not come', async () => {
    const { recorder, seen, of } = open({ timing: { tailMs: 300 } });
    const { share, request } = newShare();
    const { egressId } = await recorder.start(request);
    await seen('segment');
    playback.stall(share);
    const { readableToMs } = await recorder.flush(egressId);
    expect(readableToMs).toBe(of('segment').at(-1)?.toMs);
    expect(readableToMs).toBeLessThan(Date.now() - 300);
  });

  it('drops segments that retention has deleted', async () => {
    const { recorder, seen } = open();
    const { request } = newShare();
    await recorder.start(request);
    await seen('segment', 3);
    rmSync(join(request.destination, 'segment_00000.ts'));
    await seen('segment', 5);
    expect(playlistOf(request)).toContain('#EXT-X-MEDIA-SEQUENCE:1\n');
    expect(filesOf(playlistOf(request))[0]).toBe('segment_00001.ts');
  });
});

describe('a recording ends', () => {
  it.each<[string, (share: ReturnType<typeof newShare>['share']) => Promise<void>, string]>([
    ['the share is unpublished', (share) => playback.unpublish(share), 'share-ended'],
    ['its sharer leaves', (share) => playback.leave(share), 'participant-left'],
  ])('when %s', async (_name, end, reason) => {
    const { recorder, seen } = open();
    const { share, request } = newShare();
    await recorder.start(request);
    await seen('segment');
    await end(share);
    expect(await seen('ended')).toMatchObject([{ reason, detail: 'End reason: Source closed' }]);
    expect(playlistOf(request)).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  it.each([
    ['reports its end a while after it began to end', 6000],
    ['never reports its end', 3_600_000],
  ])('for the reason that egress gave, also when it %s', async (_name, endingMs) => {
    const { recorder, seen } = open({ timing: { startMs: 500, stopMs: 1000 } });
    playback.state.endingMs = endingMs;
    const { share, request } = newShare();
    await recorder.start(request);
    await seen('segment', 4);
    void playback.unpublish(share);
    expect(await seen('ended')).toMatchObject([
      { reason: 'share-ended', detail: 'End reason: Source closed' },
    ]);
    expect(playback.requests.some(({ method }) => method === 'Egress/StopEgress')).toBe(false);
  });

  it('when only the picture is unpublished, which egress does not report', async () => {
    const { recorder, seen, of } = open();
    const { share, request } = newShare();
    await recorder.start(request);
    await seen('segment', 2);
    playback.unpublishVideo(share);
    expect(await seen('ended')).toMatchObject([{ reason: 'share-ended' }]);
    expect(of('degraded').at(-1)).toMatchObject({ isDegraded: true });
    expect(playlistOf(request)).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  it('as failed when its worker is killed, and published segments stay', async () => {
    const { recorder, seen } = open();
    const { request } = newShare();
    const { egressId } = await recorder.start(request);
    await seen('segment', 2);
    playback.killHandler(egressId);
    expect(await seen('ended')).toMatchObject([{ reason: 'failed', detail: 'signal: killed' }]);
    expect(filesOf(playlistOf(request)).length).toBeGreaterThanOrEqual(2);
    expect(playlistOf(request)).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  it('as failed when the whole service is killed, although LiveKit goes on listing it as running', async () => {
    const { recorder, seen } = open();
    const { request } = newShare();
    const { egressId } = await recorder.start(request);
    await seen('segment', 2);
    await playback.killService(egressId);
    expect(await seen('ended')).toMatchObject([{ reason: 'failed' }]);
    expect(playlistOf(request)).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  it('sooner when LiveKit reports that its worker has left', async () => {
    const { recorder, seen } = open({ timing: { stallMs: 3_600_000, workerLeftMs: 300 } });
    const { request } = newShare();
    const { egressId } = await recorder.start(request);
    await seen('segment');
    void playback.killService(egressId);
    const left = new WebhookEvent({ participant: new ParticipantInfo({ identity: egressId }) });
    left.event = 'participant_left';
    recorder.onWebhook(left);
    expect(await seen('ended')).toMatchObject([{ reason: 'failed' }]);
  });

  it('as failed when a worker hangs, and is stopped', async () => {
    const { recorder, seen } = open({ timing: { stallMs: 500, hungMs: 1000 } });
    const { share, request } = newShare();
    await recorder.start(request);
    await seen('segment');
    playback.stall(share);
    expect(await seen('ended')).toMatchObject([{ reason: 'failed', detail: 'it publishes nothing' }]);
    expect(playback.requests.some(({ method }) => method === 'Egress/StopEgress')).toBe(true);
  });

  it('as failed when its tracks cannot be received, which egress notices after 30 s', async () => {
    const { recorder, seen, of } = open();
    playback.state.loseTracks = true;
    await recorder.start(newShare().request);
    expect(await seen('ended')).toMatchObject([{ reason: 'failed', detail: 'track not found' }]);
    expect(of('started')).toEqual([]);
  });

  it('as failed when LiveKit has forgotten it', async () => {
    const { recorder, seen } = open();
    const { egressId } = await recorder.start(newShare().request);
    await seen('segment');
    playback.forget(egressId);
    expect(await seen('ended')).toMatchObject([{ reason: 'failed' }]);
  });

  it('where the black of a vanished publisher begins', async () => {
    const blackMs = 16_000;
    await playback.close();
    playback = await startEgressPlayback({ speed: SPEED, clock: 'media', root: { egress: '/out', here } });
    const { recorder, seen } = open({ measureBlackTail: async () => blackMs });
    const { share, request } = newShare();
    await recorder.start(request);
    await seen('segment', 6);
    await playback.leave(share);
    expect(await seen('ended')).toMatchObject([{ reason: 'connection-lost' }]);
    const durations = [...playlistOf(request).matchAll(/#EXTINF:([\d.]+)/g)].map(([, seconds]) =>
      Number(seconds),
    );
    const published = readFileSync(join(request.destination, 'egress.m3u8'), 'utf8');
    const recorded = [...published.matchAll(/#EXTINF:([\d.]+)/g)].map(([, seconds]) => Number(seconds));
    const sum = (seconds: number[]) => seconds.reduce((total, each) => total + each, 0);
    expect(sum(durations)).toBeCloseTo(sum(recorded) - (blackMs + 175) / 1000, 1);
  });

  it('without a cut while its sharer is in the room, because the screen may be black', async () => {
    let looks = 0;
    const { recorder, seen } = open({ measureBlackTail: async () => ++looks });
    const { egressId } = await recorder.start(newShare().request);
    await seen('segment', 2);
    await recorder.stop(egressId);
    expect(looks).toBe(0);
  });
});

describe('an interruption', () => {
  it('makes the recording degraded until there are segments again', async () => {
    const { recorder, seen } = open({ timing: { stallMs: 100, hungMs: 3_600_000 } });
    await recorder.start(newShare().request);
    await seen('segment', 2);
    // A segment takes 200 ms here, so it is late again and again.
    const degraded = await seen('degraded', 4);
    expect(degraded.slice(0, 4).map(({ isDegraded }) => isDegraded)).toEqual([true, false, true, false]);
  });

  it('of LiveKit ends nothing, and a stop meanwhile fails', async () => {
    const { recorder, seen, of } = open({ timing: { stallMs: 300 } });
    const { share, request } = newShare();
    const { egressId } = await recorder.start(request);
    await seen('segment', 2);
    playback.state.workers = 'unreachable';
    playback.stall(share);
    await expect(recorder.stop(egressId)).rejects.toMatchObject({ code: 'RECORDER_UNAVAILABLE' });
    await seen('degraded');
    expect(of('ended')).toEqual([]);
    playback.state.workers = 'ready';
    await recorder.stop(egressId);
    expect(of('ended')).toMatchObject([{ reason: 'stopped' }]);
  });

  it('of our process loses nothing: the next one resumes the recording', async () => {
    const first = open();
    const { request } = newShare();
    const { egressId } = await first.recorder.start(request);
    await first.seen('segment', 2);
    const second = open();
    expect(await second.recorder.adopt({ ...request, egressId })).toBe(true);
    const [started] = await second.seen('started');
    expect(started).toEqual(first.of('started')[0]);
    // Only new segments are reported.
    const [news] = await second.seen('segment');
    expect(news?.fromMs).toBeGreaterThan(first.of('segment')[1]?.fromMs ?? 0);
    await second.recorder.stop(egressId);
    expect(second.of('ended')).toMatchObject([{ reason: 'stopped' }]);
    expect(filesOf(playlistOf(request))[0]).toBe('segment_00000.ts');
  });

  it('of our process in which the recording ended: its end is reported and its playlist completed', async () => {
    const first = open({ timing: { askMs: 3_600_000, askSoonMs: 3_600_000, pollMs: 3_600_000 } });
    const { share, request } = newShare();
    const { egressId } = await first.recorder.start(request);
    await vi.waitFor(() => expect(existsSync(join(request.destination, 'egress.m3u8'))).toBe(true), WAIT_MS);
    await playback.unpublish(share);
    const second = open();
    expect(await second.recorder.adopt({ ...request, egressId })).toBe(true);
    expect(await second.seen('ended')).toMatchObject([
      { reason: 'share-ended', sessionId: request.sessionId },
    ]);
    expect(playlistOf(request)).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  it('leaves nothing to resume when nobody knows the recording', async () => {
    const { recorder } = open();
    expect(await recorder.adopt({ ...newShare().request, egressId: 'EG_unknown' })).toBe(false);
  });
});

describe('the list', () => {
  it('includes recordings into our folder that nobody follows, so that they can be stopped', async () => {
    const first = open();
    const { request } = newShare();
    const { egressId } = await first.recorder.start(request);
    const { recorder } = open();
    const { sessionId, room, identity } = request;
    expect(await recorder.list()).toEqual([{ egressId, sessionId, room, identity, isDegraded: false }]);
    await recorder.stop(egressId);
    expect(await first.seen('ended')).toMatchObject([{ sessionId }]);
    // Its playlist is complete a moment before LiveKit considers it over.
    await expect.poll(() => recorder.list()).toEqual([]);
  });

  it('includes none of another installation on the same LiveKit', async () => {
    await open().recorder.start(newShare().request);
    const elsewhere = mkdtempSync(join(tmpdir(), 'egress-elsewhere-'));
    try {
      const { recorder } = open({ root: { here: elsewhere, egress: '/out' } });
      expect(await recorder.list()).toEqual([]);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});

it('refuses a destination that egress does not share', async () => {
  const { recorder } = open();
  const { request } = newShare();
  await expect(recorder.start({ ...request, destination: '/elsewhere/session' })).rejects.toThrow(
    /not inside/,
  );
  await expect(recorder.start({ ...request, destination: join(here, '../x') })).rejects.toThrow(/not inside/);
});

it('says what is missing, until a recording could be started again', async () => {
  const { recorder } = open();
  await recorder.ping();
  playback.state.workers = 'no-redis';
  await expect(recorder.ping()).rejects.toThrow('LiveKit answered 500');
  playback.state.workers = 'down';
  await recorder.ping();
  await expect(recorder.start(newShare().request)).rejects.toMatchObject({ code: 'RECORDER_UNAVAILABLE' });
  await expect(recorder.ping()).rejects.toMatchObject({
    cause: expect.objectContaining({ message: expect.stringContaining('no egress worker took the egress') }),
  });
  playback.state.workers = 'ready';
  await recorder.start(newShare().request);
  await recorder.ping();
});

it('leaves no recording behind that could not start', async () => {
  const { recorder, events } = open();
  playback.state.workers = 'down';
  await expect(recorder.start(newShare().request)).rejects.toMatchObject({ code: 'RECORDER_UNAVAILABLE' });
  playback.state.workers = 'unreachable';
  await expect(recorder.start(newShare().request)).rejects.toMatchObject({ code: 'RECORDER_UNAVAILABLE' });
  expect([await recorder.list(), events]).toEqual([[], []]);
});
