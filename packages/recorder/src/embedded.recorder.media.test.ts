import { appendFileSync, cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allowance } from '@hindsight/rig/media/allowance';
import { audioDelayMs, beepOnsets, burntClock, probeClip } from '@hindsight/rig/media/clip-probe';
import { startLivekit } from '@hindsight/rig/servers/livekit';
import { startSharer } from '@hindsight/rig/browsers/sharer';
import { spawnRecorderWorker } from './embedded.recorder.ts';
import { describeRecorderContract } from './recorder.contract.ts';
import type { RecorderEvent } from './recorder.port.ts';
import { CLOCK_STRIP } from './testing/h264-picture.ts';
import {
  listen,
  openRecorderStage,
  SEGMENT_MS,
  type RecordedFrame,
  type RecorderStage,
} from './testing/recorder-stage.ts';

/** A keyframe that comes this much early is cut at too, and clocks may be off by a little. */
const EARLY_MS = 200;
/** A browser captures a tab at least this often while it changes. */
const CAPTURE_PERIOD_MS = 100;

let stage: RecorderStage;

beforeAll(async () => {
  stage = await openRecorderStage();
});
afterAll(() => stage.close());

// All of this is mostly waiting, so it is done at the same time.

describe.concurrent('embedded', () => {
  describeRecorderContract('embedded', {
    createRecorder: () => stage.newRecorder(),
    async startShare() {
      const publisher = await stage.share();
      const { room, identity, videoTrackSid, audioTrackSid } = publisher;
      return {
        ...{ room, identity, videoTrackSid, audioTrackSid },
        unpublish: () => publisher.unpublishAll(),
        close: () => publisher.close(),
      };
    },
    firstMediaMs: 10_000,
  });
});

describe.concurrent('what a browser shares', () => {
  const marks = { flushed: 0, readable: 0, muted: 0, unmuted: 0, resized: 0, ended: 0 };
  let frames: RecordedFrame[];
  let ended: RecorderEvent | undefined;
  let clockErrorMs: number;

  beforeAll(async () => {
    const recorder = stage.newRecorder();
    const { seen } = listen(recorder);
    const sharer = await startSharer(stage.newSharer());
    try {
      const { egressId } = await recorder.start(stage.request(sharer, 'long'));
      await seen('segment', 60_000, 3);
      marks.flushed = Date.now();
      marks.readable = (await recorder.flush(egressId)).readableToMs ?? 0;
      cpSync(join(stage.directory, 'long'), join(stage.directory, 'flushed'), { recursive: true });
      // Without an end in the playlist, ffmpeg would wait for more.
      appendFileSync(join(stage.directory, 'flushed', 'full.m3u8'), '#EXT-X-ENDLIST\n');

      await sharer.mute(true);
      marks.muted = Date.now();
      await sleep(2500);
      marks.unmuted = Date.now();
      await sharer.mute(false);
      await sleep(4000);

      marks.resized = Date.now();
      await sharer.setSize(1100, 600);
      await sleep(4000);
      await sharer.pauseDrawing(true);
      await sleep(2 * SEGMENT_MS);
      // A loaded machine draws, captures and encodes late; what the recorder adds is far below.
      clockErrorMs = allowance(100, 400);
      marks.ended = Date.now();
      await sharer.unpublish();
      [ended] = await seen('ended');
    } finally {
      await sharer.close();
      await recorder.close();
    }
    frames = await stage.framesOf('long');
  }, 150_000);

  const errorsOf = (some: readonly RecordedFrame[]) =>
    some.flatMap(({ wallMs, burntMs }) => (burntMs === null ? [] : [wallMs - burntMs]));

  it('plays at the time that the playlist says', () => {
    const moving = frames.filter(({ wallMs }) => wallMs < marks.muted);
    const errors = errorsOf(moving);
    expect(moving.length).toBeGreaterThan(20);
    expect(errors.length).toBe(moving.length);
    expect(Math.abs(median(errors))).toBeLessThan(clockErrorMs);
  });

  it('has sound and picture in sync', async () => {
    const file = join(stage.directory, 'flushed', 'full.m3u8');
    const onsets = await beepOnsets(file);
    expect(onsets.length).toBeGreaterThanOrEqual(5);
    expect(Math.abs(audioDelayMs(frames, onsets) ?? NaN)).toBeLessThan(clockErrorMs);
  });

  it('is readable up to the moment of a flush', async () => {
    expect(Math.abs(marks.readable - marks.flushed)).toBeLessThan(allowance(100, 500));
    const last = (await burntClock(join(stage.directory, 'flushed', 'full.m3u8'))).at(-1);
    expect(marks.flushed - (last?.burntMs ?? 0)).toBeLessThan(allowance(500, 2000));
  });

  it('is cut into segments that follow each other, each as long as the playlist says', async () => {
    const { segments } = stage.readPlaylist('long');
    expect(segments.length).toBeGreaterThan(5);
    segments.slice(1).forEach(({ fromMs }, i) => {
      expect(Math.abs(fromMs - (segments[i]?.fromMs ?? 0) - (segments[i]?.durationMs ?? 0))).toBeLessThan(2);
    });
    const { durationMs } = await probeClip(join(stage.directory, 'long', 'full.m3u8'));
    const listedMs = segments.reduce((sum, segment) => sum + segment.durationMs, 0);
    expect(Math.abs(durationMs - listedMs)).toBeLessThan(100);
  });

  it('keeps the picture through a mute and goes on at the right time', () => {
    // The first picture after a mute was captured up to a capture period before (seen: 0.5 ms before to 52 ms after).
    const unmutedMs = marks.unmuted - CAPTURE_PERIOD_MS;
    const during = frames.filter(({ wallMs }) => wallMs > marks.muted + 500 && wallMs < unmutedMs);
    expect(during).toEqual([]);
    const errors = errorsOf(
      frames.filter(({ wallMs }) => wallMs > marks.unmuted + 1500 && wallMs < marks.resized),
    );
    expect(errors.length).toBeGreaterThan(5);
    expect(Math.abs(median(errors))).toBeLessThan(clockErrorMs);
  });

  it('has a new init segment for the new size after a discontinuity', () => {
    const { text } = stage.readPlaylist('long');
    expect(text).toMatch(/#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init_1\.mp4"/);
    const after = frames.filter(({ wallMs }) => wallMs > marks.resized + 2000);
    expect(after.length).toBeGreaterThan(10);
    expect(after.filter(({ burntMs }) => burntMs === null)).toEqual([]);
  });

  it('records a still picture until the end of the share', () => {
    expect(ended).toMatchObject({ reason: 'share-ended' });
    const { text, endMs } = stage.readPlaylist('long');
    expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
    expect(Math.abs(endMs - marks.ended)).toBeLessThan(allowance(1000, 3000));
  });
});

describe.concurrent('a share', () => {
  it('ends with the last media when its publisher vanishes', async () => {
    const recorder = stage.newRecorder({ reconnectMs: 3000 });
    const { seen } = listen(recorder);
    const publisher = await stage.share();
    try {
      await recorder.start(stage.request(publisher, 'vanished'));
      await seen('segment');
      const killedMs = Date.now();
      await publisher.kill();
      expect(await seen('degraded')).toMatchObject([{ isDegraded: true }]);
      expect(await seen('ended', 60_000)).toMatchObject([{ reason: 'connection-lost' }]);
      const frames = await stage.framesOf('vanished', CLOCK_STRIP);
      const last = frames.at(-1);
      // The media sent last may have been on their way.
      expect(last?.burntMs).toBeGreaterThanOrEqual(publisher.sent.at(-3)?.epochMs ?? Infinity);
      const { endMs } = stage.readPlaylist('vanished');
      expect(endMs).toBeGreaterThan(last?.wallMs ?? Infinity);
      expect(endMs).toBeLessThan(killedMs + allowance(1500, 3000));
    } finally {
      await publisher.kill();
      await recorder.close();
    }
  });

  it('without sound has only video, cut at the first keyframe after the segment length', async () => {
    const recorder = stage.newRecorder();
    const { seen } = listen(recorder);
    const publisher = await stage.share({ hasAudio: false });
    try {
      const { egressId } = await recorder.start(stage.request(publisher, 'silent'));
      await seen('segment', 60_000, 3);
      await recorder.stop(egressId);
      const summary = await probeClip(join(stage.directory, 'silent', 'full.m3u8'));
      expect(summary.video).toMatchObject({ codec: 'h264', width: 1280, height: 720 });
      expect(summary.audio).toBeNull();

      // Keyframes come when they are asked for.
      const keysMs = publisher.sent.flatMap(({ epochMs, isKey }) => (isKey ? [epochMs] : []));
      const frames = await stage.framesOf('silent', CLOCK_STRIP);
      const cutsMs = stage
        .readPlaylist('silent')
        .segments.map(
          ({ fromMs }) => frames.find(({ wallMs }) => Math.abs(wallMs - fromMs) < 3)?.burntMs ?? 0,
        );
      expect(keysMs).toEqual(expect.arrayContaining(cutsMs));
      for (const [i, cutMs] of cutsMs.slice(1).entries()) {
        const dueMs = (cutsMs[i] ?? 0) + SEGMENT_MS;
        expect(cutMs).toBeGreaterThan(dueMs - EARLY_MS);
        expect(keysMs.filter((keyMs) => keyMs > dueMs && keyMs < cutMs)).toEqual([]);
      }
    } finally {
      await publisher.close();
      await recorder.close();
    }
  });

  it('ends as such when the disk is full, and leaves what is readable', async () => {
    const recorder = stage.newRecorder();
    const { seen } = listen(recorder);
    const publisher = await stage.share();
    try {
      const asked = stage.request(publisher, 'full-disk');
      await recorder.start(asked);
      symlinkSync('/dev/full', join(asked.destination, 'seg_000002.m4s'));
      const [{ reason, detail } = {}] = await seen('ended');
      expect(reason).toBe('disk-full');
      expect(detail).toContain('ENOSPC');
      const { text, segments } = stage.readPlaylist('full-disk');
      expect(segments.map(({ file }) => file)).toEqual(['seg_000000.m4s', 'seg_000001.m4s']);
      expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
      expect((await stage.framesOf('full-disk', CLOCK_STRIP)).length).toBeGreaterThan(20);
    } finally {
      await publisher.close();
      await recorder.close();
    }
  });

  it('ends with what was written when its thread dies, and can be recorded again by a fresh one', async () => {
    const workers: Worker[] = [];
    const recorder = stage.newRecorder({
      spawnWorker(settings) {
        const worker = spawnRecorderWorker(settings);
        workers.push(worker);
        return worker;
      },
    });
    const { seen, all } = listen(recorder);
    const publisher = await stage.share();
    try {
      await recorder.start(stage.request(publisher, 'first-thread'));
      await seen('segment');
      await sleep(1200);
      const diedMs = Date.now();
      await workers[0]?.terminate();
      await seen('ended');
      expect(all('ended')).toMatchObject([{ sessionId: 'first-thread', reason: 'failed' }]);
      const { text, endMs } = stage.readPlaylist('first-thread');
      expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
      expect(diedMs - endMs).toBeLessThan(allowance(1500, 3000));
      expect((await stage.framesOf('first-thread', CLOCK_STRIP)).length).toBeGreaterThan(20);

      await recorder.start(stage.request(publisher, 'second-thread'));
      expect(await recorder.list()).toMatchObject([{ sessionId: 'second-thread' }]);
      expect(workers).toHaveLength(2);
    } finally {
      await publisher.close();
      await recorder.close();
    }
  });

  it('ends with a final playlist when livekit-server stays away, and a new start is refused', async () => {
    const doomed = await startLivekit();
    // This is longer than a short outage that is waited for.
    const recorder = stage.newRecorder({ reconnectMs: 4000 }, doomed);
    const { seen } = listen(recorder);
    const publisher = await stage.share({ livekit: doomed });
    try {
      await recorder.start(stage.request(publisher, 'server-killed'));
      await seen('segment');
      const killedMs = Date.now();
      await doomed.kill();
      expect(await seen('ended')).toMatchObject([{ reason: 'connection-lost' }]);
      const { text, endMs } = stage.readPlaylist('server-killed');
      expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
      expect(Math.abs(killedMs - endMs)).toBeLessThan(allowance(500, 2000));
      await expect(recorder.start(stage.request(publisher, 'too-late'))).rejects.toMatchObject({
        code: 'RECORDER_UNAVAILABLE',
      });
    } finally {
      await publisher.kill();
      await recorder.close();
      await doomed.kill();
    }
  });
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
