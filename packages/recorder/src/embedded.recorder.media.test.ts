import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  audioDelayMs,
  beepOnsets,
  burntClock,
  probeClip,
  type BurntFrame,
} from '@hindsight/e2e/rig/clip-probe';
import { startLivekit, type LivekitRig } from '@hindsight/e2e/rig/livekit';
import { startSharer, type Sharer, type SharerOptions } from '@hindsight/e2e/rig/sharer';
import { createEmbeddedRecorder, spawnRecorderWorker } from './embedded.recorder.ts';
import { describeRecorderContract } from './recorder.contract.ts';
import type { Recorder, RecorderEvent, RecordingRequest } from './recorder.port.ts';

const SEGMENT_MS = 4000;
/** A loaded machine draws, captures and encodes late; what the recorder adds is far below. */
const CLOCK_ERROR_MS = 100;

let livekit: LivekitRig;
let directory: string;
let rooms = 0;

beforeAll(async () => {
  livekit = await startLivekit();
  directory = mkdtempSync(join(tmpdir(), 'recorder-media-'));
});
afterAll(async () => {
  await livekit.stop();
  rmSync(directory, { recursive: true });
});

const share = (options: Partial<SharerOptions> = {}): Promise<Sharer> =>
  startSharer({ livekit, room: `room-${++rooms}`, identity: `sharer-${rooms}`, ...options });

const newRecorder = (rig: LivekitRig = livekit, options: { reconnectMs?: number } = {}): Recorder =>
  createEmbeddedRecorder({
    livekitUrl: rig.url,
    apiKey: rig.apiKey,
    apiSecret: rig.apiSecret,
    segmentMs: SEGMENT_MS,
    ...options,
  });

function request(sharer: Sharer, name: string): RecordingRequest {
  return {
    sessionId: name,
    room: sharer.room,
    identity: sharer.identity,
    videoTrackSid: sharer.videoTrackSid,
    audioTrackSid: sharer.audioTrackSid,
    quality: '720p',
    destination: join(directory, name),
  };
}

function listen(recorder: Recorder) {
  const events: RecorderEvent[] = [];
  recorder.subscribe((event) => events.push(event));
  const find = <T extends RecorderEvent['type']>(type: T) =>
    events.find((event): event is RecorderEvent & { type: T } => event.type === type);
  return {
    events,
    find,
    seen: <T extends RecorderEvent['type']>(type: T, timeout: number) =>
      vi.waitFor(() => {
        const event = find(type);
        if (event === undefined) throw new Error(`no event '${type}' within ${timeout} ms`);
        return event;
      }, timeout),
  };
}

interface Entry {
  file: string;
  fromMs: number;
  durationMs: number;
}

function readPlaylist(name: string): { text: string; entries: Entry[]; endMs: number } {
  const text = readFileSync(join(directory, name, 'full.m3u8'), 'utf8');
  const pattern = /#EXT-X-PROGRAM-DATE-TIME:(.*)\n#EXTINF:(.*),\n(?:#EXT-X-BYTERANGE.*\n)?(.*)\n/g;
  const entries = [...text.matchAll(pattern)].map(([, time = '', seconds, file = '']) => ({
    file,
    fromMs: Date.parse(time),
    durationMs: Number(seconds) * 1000,
  }));
  const last = entries.at(-1);
  return { text, entries, endMs: (last?.fromMs ?? 0) + (last?.durationMs ?? 0) };
}

/** Each frame of a recording with the wall-clock time that the playlist gives it. */
async function framesOf(name: string): Promise<(BurntFrame & { wallMs: number })[]> {
  const [first] = readPlaylist(name).entries;
  const frames = await burntClock(join(directory, name, 'full.m3u8'));
  const zeroMs = (first?.fromMs ?? 0) - (frames[0]?.ptsMs ?? 0);
  return frames.map((frame) => ({ ...frame, wallMs: zeroMs + frame.ptsMs }));
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

describeRecorderContract('embedded', {
  createRecorder: () => newRecorder(),
  startShare: () => share(),
  firstMediaMs: 10_000,
});

describe('a recorded share', () => {
  const marks = { flushed: 0, readable: 0, muted: 0, unmuted: 0, resized: 0, ended: 0 };
  let ended: RecorderEvent | undefined;

  beforeAll(async () => {
    const recorder = newRecorder();
    const { seen, find } = listen(recorder);
    const sharer = await share();
    try {
      const { egressId } = await recorder.start(request(sharer, 'long'));
      await seen('started', 10_000);
      await sleep(9000);
      marks.flushed = Date.now();
      marks.readable = (await recorder.flush(egressId)).readableToMs ?? 0;
      cpSync(join(directory, 'long'), join(directory, 'flushed'), { recursive: true });
      // Without an end, ffmpeg would wait for more.
      appendFileSync(join(directory, 'flushed', 'full.m3u8'), '#EXT-X-ENDLIST\n');

      await sharer.mute(true);
      marks.muted = Date.now();
      await sleep(6000);
      marks.unmuted = Date.now();
      await sharer.mute(false);
      await sleep(4000);

      marks.resized = Date.now();
      await sharer.setSize(1100, 600);
      await sleep(5000);
      await sharer.pauseDrawing(true);
      await sleep(9000);
      marks.ended = Date.now();
      await sharer.unpublish();
      await seen('ended', 5000);
      ended = find('ended');
    } finally {
      await sharer.close();
      await recorder.close();
    }
  }, 90_000);

  it('plays at the time that the playlist says', async () => {
    const moving = (await framesOf('long')).filter(({ wallMs }) => wallMs < marks.muted);
    const errors = moving.flatMap(({ wallMs, burntMs }) => (burntMs === null ? [] : [wallMs - burntMs]));
    expect(moving.length).toBeGreaterThan(60);
    expect(errors.length).toBe(moving.length);
    expect(Math.abs(median(errors))).toBeLessThan(CLOCK_ERROR_MS);
  });

  it('has sound and picture together', async () => {
    const file = join(directory, 'flushed', 'full.m3u8');
    const [frames, onsets] = await Promise.all([burntClock(file), beepOnsets(file)]);
    expect(onsets.length).toBeGreaterThanOrEqual(8);
    expect(Math.abs(audioDelayMs(frames, onsets) ?? NaN)).toBeLessThan(CLOCK_ERROR_MS);
  });

  it('is readable up to the moment of a flush', async () => {
    expect(Math.abs(marks.readable - marks.flushed)).toBeLessThan(100);
    const last = (await framesOf('flushed')).at(-1);
    expect(marks.flushed - (last?.burntMs ?? 0)).toBeLessThan(500);
  });

  it('is cut into segments of about the length asked for, each as long as the playlist says', async () => {
    const { entries } = readPlaylist('long');
    const before = entries.filter(({ fromMs, durationMs }) => fromMs + durationMs < marks.muted);
    expect(before.length).toBeGreaterThanOrEqual(2);
    for (const { durationMs } of before) expect(Math.abs(durationMs - SEGMENT_MS)).toBeLessThan(1000);
    entries.slice(1).forEach(({ fromMs }, i) => {
      expect(Math.abs(fromMs - (entries[i]?.fromMs ?? 0) - (entries[i]?.durationMs ?? 0))).toBeLessThan(2);
    });
    const { durationMs } = await probeClip(join(directory, 'long', 'full.m3u8'));
    expect(Math.abs(durationMs - entries.reduce((sum, entry) => sum + entry.durationMs, 0))).toBeLessThan(
      100,
    );
  });

  it('holds the picture through a mute, and goes on at the right time', async () => {
    const frames = await framesOf('long');
    const during = frames.filter(({ wallMs }) => wallMs > marks.muted + 500 && wallMs < marks.unmuted);
    expect(during).toEqual([]);
    const after = frames.filter(({ wallMs }) => wallMs > marks.unmuted + 1500 && wallMs < marks.resized);
    const errors = after.flatMap(({ wallMs, burntMs }) => (burntMs === null ? [] : [wallMs - burntMs]));
    expect(errors.length).toBeGreaterThan(10);
    expect(Math.abs(median(errors))).toBeLessThan(CLOCK_ERROR_MS);
  });

  it('has a new init for the new size behind a discontinuity', async () => {
    const { text } = readPlaylist('long');
    expect(text).toMatch(/#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init_1\.mp4"/);
    const after = (await framesOf('long')).filter(({ wallMs }) => wallMs > marks.resized + 2000);
    expect(after.length).toBeGreaterThan(20);
    expect(after.filter(({ burntMs }) => burntMs === null)).toEqual([]);
  });

  it('goes on through a still picture to the end of the share', () => {
    expect(ended).toMatchObject({ reason: 'share-ended' });
    const { text, endMs } = readPlaylist('long');
    expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
    expect(Math.abs(endMs - marks.ended)).toBeLessThan(1000);
  });
});

describe('a share without sound', () => {
  it('is recorded as video alone', async () => {
    const recorder = newRecorder();
    const { seen } = listen(recorder);
    const sharer = await share({ hasAudio: false });
    try {
      const { egressId } = await recorder.start(request(sharer, 'silent'));
      await seen('started', 10_000);
      await sleep(1500);
      await recorder.stop(egressId);
      const summary = await probeClip(join(directory, 'silent', 'full.m3u8'));
      expect(summary.video).toMatchObject({ codec: 'h264', width: 1280, height: 720 });
      expect(summary.audio).toBeNull();
    } finally {
      await sharer.close();
      await recorder.close();
    }
  });
});

describe('what goes wrong', () => {
  it('ends as failed when the disk is full, and leaves what is readable', async () => {
    const recorder = newRecorder();
    const { seen } = listen(recorder);
    const sharer = await share();
    try {
      const asked = request(sharer, 'full-disk');
      await recorder.start(asked);
      await seen('started', 10_000);
      symlinkSync('/dev/full', join(asked.destination, 'seg_000002.m4s'));
      const { reason, detail } = await seen('ended', 20_000);
      expect(reason).toBe('failed');
      expect(detail).toContain('ENOSPC');
      const { text, entries } = readPlaylist('full-disk');
      expect(entries.map(({ file }) => file)).toEqual(['seg_000000.m4s', 'seg_000001.m4s']);
      expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
      expect((await framesOf('full-disk')).length).toBeGreaterThan(40);
    } finally {
      await sharer.close();
      await recorder.close();
    }
  });

  it('ends all recordings when its thread dies, keeps what was written, and records on with a fresh one', async () => {
    const workers: Worker[] = [];
    const recorder = createEmbeddedRecorder({
      livekitUrl: livekit.url,
      apiKey: livekit.apiKey,
      apiSecret: livekit.apiSecret,
      segmentMs: SEGMENT_MS,
      spawnWorker(settings) {
        const worker = spawnRecorderWorker(settings);
        workers.push(worker);
        return worker;
      },
    });
    const { events, seen } = listen(recorder);
    const sharer = await share();
    try {
      await recorder.start(request(sharer, 'first-thread'));
      await seen('started', 10_000);
      await seen('segment', 10_000);
      await sleep(1200);
      const diedMs = Date.now();
      await workers[0]?.terminate();
      await seen('ended', 2000);
      expect(events.filter(({ type }) => type === 'ended')).toMatchObject([
        { sessionId: 'first-thread', reason: 'failed' },
      ]);
      const { text, endMs } = readPlaylist('first-thread');
      expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
      expect(diedMs - endMs).toBeLessThan(1500);
      expect((await framesOf('first-thread')).length).toBeGreaterThan(40);

      await recorder.start(request(sharer, 'second-thread'));
      expect(await recorder.list()).toMatchObject([{ sessionId: 'second-thread' }]);
      expect(workers).toHaveLength(2);
    } finally {
      await sharer.close();
      await recorder.close();
    }
  });

  it('cuts the recording at the last media when the publisher vanishes', async () => {
    const recorder = newRecorder(livekit, { reconnectMs: 3000 });
    const { seen } = listen(recorder);
    const sharer = await share();
    try {
      await recorder.start(request(sharer, 'vanished'));
      await seen('started', 10_000);
      await sleep(3000);
      const killedMs = Date.now();
      await sharer.kill();
      expect(await seen('degraded', 8000)).toMatchObject({ isDegraded: true });
      expect(await seen('ended', 40_000)).toMatchObject({ reason: 'connection-lost' });
      const { endMs } = readPlaylist('vanished');
      expect(Math.abs(endMs - killedMs)).toBeLessThan(1500);
      const last = (await framesOf('vanished')).at(-1);
      expect(killedMs - (last?.burntMs ?? 0)).toBeLessThan(1500);
    } finally {
      await sharer.close();
      await recorder.close();
    }
  });

  it('finalises the playlist when livekit-server stays away, and is unavailable then', async () => {
    const doomed = await startLivekit();
    const recorder = newRecorder(doomed, { reconnectMs: 2000 });
    const { seen } = listen(recorder);
    const sharer = await share({ livekit: doomed });
    try {
      await recorder.start(request(sharer, 'server-killed'));
      await seen('started', 10_000);
      await sleep(2000);
      await doomed.kill();
      const killedMs = Date.now();
      expect(await seen('ended', 20_000)).toMatchObject({ reason: 'connection-lost' });
      const { text, endMs } = readPlaylist('server-killed');
      expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
      expect(killedMs - endMs).toBeLessThan(500);
      await expect(recorder.start(request(sharer, 'too-late'))).rejects.toMatchObject({
        code: 'RECORDER_UNAVAILABLE',
      });
    } finally {
      await sharer.kill();
      await recorder.close();
      await doomed.kill();
    }
  });
});
