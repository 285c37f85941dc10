import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOCK_STRIP } from './testing/h264-picture.ts';
import { RecorderProcess, type RecorderSample } from './testing/recorder-process.ts';
import { listen, openRecorderStage, type RecorderStage } from './testing/recorder-stage.ts';

/** A loaded machine sends, forwards and reads late; what the recorder adds is far below. */
const CLOCK_ERROR_MS = 100;

let stage: RecorderStage;

beforeAll(async () => {
  stage = await openRecorderStage();
});
afterAll(() => stage.close());

describe.concurrent('a disk that stalls', () => {
  /** The sockets' buffers hold some four seconds of these shares, where the system allows that. */
  const STALL_MS = 8000;

  it('degrades all recordings of its thread and loses media, but they go on', async () => {
    const recorder = stage.newRecorder();
    const { seen, all } = listen(recorder);
    const publishers = await Promise.all([stage.share(), stage.share()]);
    try {
      const ids: string[] = [];
      for (const [i, publisher] of publishers.entries())
        ids.push((await recorder.start(stage.request(publisher, `stalled-${i}`))).egressId);
      await seen('segment', 30_000, 2);

      // Opening a pipe for writing waits until somebody reads, as a dead network file system would make it wait.
      const pipe = join(stage.directory, 'stalled-0', 'full.m3u8.tmp');
      execFileSync('mkfifo', [pipe]);
      const stalledMs = Date.now();
      const flushed = recorder.flush(ids[0] ?? '');
      await seen('degraded', 30_000, 2);
      await sleep(stalledMs + STALL_MS - Date.now());
      expect((await recorder.list()).map(({ isDegraded }) => isDegraded)).toEqual([true, true]);
      const goneOnMs = Date.now();
      await once(createReadStream(pipe).resume(), 'close');
      await flushed;

      await expect
        .poll(async () => (await recorder.list()).map(({ isDegraded }) => isDegraded))
        .toEqual([false, false]);
      const before = all('segment').length;
      await seen('segment', 30_000, before + 4);
      await recorder.close();
      expect(all('ended')).toMatchObject([{ reason: 'stopped' }, { reason: 'stopped' }]);
      for (const name of ['stalled-0', 'stalled-1']) {
        const losses = all('losses').findLast(({ sessionId }) => sessionId === name)?.losses;
        // Only what the system could not buffer is lost, and that is counted.
        expect(losses?.lostPackets).toBeGreaterThan(0);
        expect(losses?.missingMs).toBeGreaterThan(STALL_MS / 2);
        expect(losses?.missingMs).toBeLessThan(goneOnMs - stalledMs + 1500);
        const frames = await stage.framesOf(name, CLOCK_STRIP);
        expect(frames.filter(({ burntMs }) => burntMs === null)).toEqual([]);
        const drawn = frames.flatMap(({ burntMs }) => burntMs ?? []);
        expect(drawn[0]).toBeLessThan(stalledMs);
        expect(drawn.at(-1)).toBeGreaterThan(goneOnMs + 1000);
        const errors = frames.map(({ wallMs, burntMs }) => Math.abs(wallMs - (burntMs ?? 0)));
        expect(errors.toSorted((a, b) => a - b)[errors.length >> 1]).toBeLessThan(CLOCK_ERROR_MS);
      }
    } finally {
      await Promise.all(publishers.map((publisher) => publisher.close()));
      await recorder.close();
    }
  });
});

describe.concurrent('recordings that go on', () => {
  const SHARES = 2;
  const SEGMENT_MS = 1000;
  const KEEP_MS = 3000;
  const WARM_UP_MS = 3000;
  /** This is some 6 seconds of two shares. */
  const MEASURED_BYTES = 3_000_000;
  const LONGEST_MS = 90_000;
  /**
   * Memory and handles in use differ from moment to moment: by a fragment, packets that wait for their order, a folder that
   * is being read.
   */
  const LOOKS = 3;

  /** Returns the least usage of a few moments within a second. */
  async function look(recorder: RecorderProcess): Promise<RecorderSample> {
    let least = await recorder.sample({ collectsGarbage: true });
    for (let looks = 1; looks < LOOKS; looks++) {
      await sleep(200);
      const sample = await recorder.sample({ collectsGarbage: true });
      const handles = Math.min(least.handles, sample.handles);
      least = { ...(sample.thread.usedBytes < least.thread.usedBytes ? sample : least), handles };
    }
    return least;
  }

  it('neither collect media in memory nor leave files open', async () => {
    const publishers = await Promise.all(Array.from({ length: SHARES }, () => stage.share()));
    const { url: livekitUrl, apiKey, apiSecret } = stage.livekit;
    const recorder = await RecorderProcess.start({
      recorder: { livekitUrl, apiKey, apiSecret, segmentMs: SEGMENT_MS },
      requests: publishers.map((publisher, i) => stage.request(publisher, `long-${i}`)),
      keepMs: KEEP_MS,
    });
    try {
      await sleep(WARM_UP_MS);
      const from = await look(recorder);
      let to = from;
      for (
        const deadlineMs = Date.now() + LONGEST_MS;
        to.segmentBytes - from.segmentBytes < MEASURED_BYTES;
      ) {
        expect(Date.now()).toBeLessThan(deadlineMs);
        await sleep(1000);
        to = await look(recorder);
      }
      const recordedBytes = to.segmentBytes - from.segmentBytes;
      expect(to.thread.usedBytes - from.thread.usedBytes).toBeLessThan(recordedBytes / 4);
      // Segments left open would be a dozen, one each second for each share; a socket may come and go.
      expect(to.handles - from.handles).toBeLessThan(SHARES);
    } finally {
      await recorder.stop();
      await Promise.all(publishers.map((publisher) => publisher.close()));
    }
  });
});
