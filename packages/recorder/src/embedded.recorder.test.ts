import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEmbeddedRecorder } from './embedded.recorder.ts';
import type { Recorder, RecordingRequest } from './recorder.port.ts';

const NOBODY = 'http://127.0.0.1:9';

let directory: string;
let recorder: Recorder | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'recorder-'));
});
afterEach(async () => {
  await recorder?.close();
  recorder = undefined;
  rmSync(directory, { recursive: true });
});

const request = (destination: string): RecordingRequest => ({
  sessionId: 'session',
  room: 'room',
  identity: 'alice',
  videoTrackSid: 'TR_V',
  quality: '720p',
  destination,
});
const options = {
  livekitUrl: NOBODY,
  apiKey: 'key',
  apiSecret: 'a secret of thirty-two characters',
  segmentMs: 4000,
};

describe('createEmbeddedRecorder', () => {
  it('refuses a destination that is not absolute', async () => {
    recorder = createEmbeddedRecorder(options);
    await expect(recorder.start(request('buffer/room'))).rejects.toThrow(/not absolute/);
    expect(existsSync('buffer')).toBe(false);
  });

  it('is unavailable when LiveKit is, and leaves nothing behind', async () => {
    recorder = createEmbeddedRecorder(options);
    const destination = join(directory, 'room', 'user', 'session');
    await expect(recorder.start(request(destination))).rejects.toMatchObject({
      code: 'RECORDER_UNAVAILABLE',
    });
    expect(await recorder.list()).toEqual([]);
    expect(existsSync(destination)).toBe(false);
  });

  it('is unavailable when the destination cannot be created', async () => {
    recorder = createEmbeddedRecorder(options);
    await expect(recorder.start(request('/dev/null/buffer'))).rejects.toMatchObject({
      code: 'RECORDER_UNAVAILABLE',
      message: expect.stringContaining('ENOTDIR'),
    });
  });

  it('accepts stop, flush, voices and close for unknown recordings', async () => {
    recorder = createEmbeddedRecorder(options);
    await recorder.setVoices('rec_unknown', { keep: ['alice'], forget: [] });
    await recorder.stop('rec_unknown');
    expect(await recorder.flush('rec_unknown')).toEqual({ readableToMs: null });
    await recorder.close();
    expect(await recorder.list()).toEqual([]);
  });

  it.each(['..', 'a/b', ''])(
    'refuses the voice of %j, which would be no folder of its own',
    async (identity) => {
      recorder = createEmbeddedRecorder(options);
      await expect(recorder.setVoices('rec_1', { keep: [identity], forget: [] })).rejects.toThrow(TypeError);
      await expect(recorder.setVoices('rec_1', { keep: [], forget: [identity] })).rejects.toThrow(TypeError);
    },
  );

  it('passes on the packet counts of its thread', async () => {
    const counts = { received: 100, lost: 2, recovered: 3 };
    const told: unknown[] = [];
    recorder = createEmbeddedRecorder({
      ...options,
      onPackets: (since) => told.push(since),
      spawnWorker: () =>
        new Worker(
          `const { parentPort } = require('node:worker_threads');
          parentPort.on('message', ({ callId }) => {
            parentPort.postMessage({ type: 'packets', counts: ${JSON.stringify(counts)} });
            parentPort.postMessage({ type: 'answer', callId, readableToMs: null });
          })`,
          { eval: true },
        ),
    });
    await recorder.start(request(directory));
    expect(told).toEqual([counts]);
  });

  it('refuses a start whose thread dies, without an end event, and starts a fresh thread for the next', async () => {
    const workers: Worker[] = [];
    recorder = createEmbeddedRecorder({
      ...options,
      spawnWorker: () => {
        const source = "require('node:worker_threads').parentPort.on('message', () => process.exit(7))";
        const worker = new Worker(source, { eval: true });
        workers.push(worker);
        return worker;
      },
    });
    const events: unknown[] = [];
    recorder.subscribe((event) => events.push(event));
    for (let i = 0; i < 2; i++) {
      await expect(recorder.start(request(directory))).rejects.toMatchObject({
        code: 'RECORDER_UNAVAILABLE',
      });
    }
    expect(workers).toHaveLength(2);
    expect(events).toEqual([]);
  });

  it('replaces a thread that hangs: its recordings end as failed, and the next start gets a fresh one', async () => {
    const source = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ type, callId }) => {
        if (type === 'flush') for (;;);
        parentPort.postMessage({ type: 'answer', callId, readableToMs: null });
      })`;
    let spawned = 0;
    recorder = createEmbeddedRecorder({
      ...options,
      hungAfterMs: 1000,
      spawnWorker: () => {
        spawned += 1;
        return new Worker(source, { eval: true });
      },
    });
    const events: unknown[] = [];
    recorder.subscribe((event) => {
      if (event.type === 'ended') events.push(event);
    });
    const { egressId } = await recorder.start(request(directory));
    await sleep(1500);
    expect(await recorder.list()).toHaveLength(1);

    await expect(recorder.flush(egressId)).rejects.toMatchObject({ code: 'RECORDER_UNAVAILABLE' });
    expect(events).toMatchObject([{ egressId, reason: 'failed' }]);
    await recorder.start(request(directory));
    expect(spawned).toBe(2);
  });

  it('is degraded while its thread is blocked, and reports that once', async () => {
    const source = `const { parentPort } = require('node:worker_threads');
      parentPort.on('message', ({ type, callId, egressId }) => {
        if (type === 'flush') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
        parentPort.postMessage({ type: 'answer', callId, readableToMs: null });
        // The recording is silent as well, which ends later.
        if (type === 'flush') for (const tracks of [['audio'], []])
          parentPort.postMessage({ type: 'event', event: { egressId, sessionId: 'session', type: 'degraded', tracks } });
      })`;
    recorder = createEmbeddedRecorder({
      ...options,
      hungAfterMs: 2000,
      spawnWorker: () => new Worker(source, { eval: true }),
    });
    const told: unknown[] = [];
    recorder.subscribe((event) => {
      if (event.type === 'degraded') told.push([event.isDegraded, event.tracks]);
    });
    const { egressId } = await recorder.start(request(directory));
    const flushed = recorder.flush(egressId);
    const stalled = [true, ['video', 'audio']];
    await vi.waitFor(() => expect(told).toEqual([stalled]), 5000);
    expect(await recorder.list()).toMatchObject([{ isDegraded: true, degradedTracks: ['video', 'audio'] }]);
    await flushed;
    await vi.waitFor(() => expect(told.at(-1)).toEqual([false, []]), 5000);
    expect(told.slice(0, -1)).toEqual([stalled, [true, ['audio']]].slice(0, told.length - 1));
    expect(await recorder.list()).toMatchObject([{ isDegraded: false, degradedTracks: [] }]);
  });

  it('uses another thread when one is full; when one dies, the others go on recording', async () => {
    const source = `require('node:worker_threads').parentPort.on('message', function ({ type, callId }) {
        if (type === 'flush') process.exit(7);
        this.postMessage({ type: 'answer', callId, readableToMs: null });
      })`;
    let spawned = 0;
    recorder = createEmbeddedRecorder({
      ...options,
      threads: 2,
      spawnWorker: () => {
        spawned += 1;
        return new Worker(source, { eval: true });
      },
    });
    const ended: string[] = [];
    recorder.subscribe(({ type, egressId }) => {
      if (type === 'ended') ended.push(egressId);
    });
    const ids: string[] = [];
    const start = async () => {
      ids.push((await recorder?.start(request(directory)))?.egressId ?? '');
      return spawned;
    };
    for (let i = 0; i < 16; i++) expect(await start()).toBe(1);
    for (let i = 0; i < 20; i++) expect(await start()).toBe(2);

    // Both threads have 18 now: sixteen each, and two of the last four.
    await expect(recorder.flush(ids[0] ?? '')).rejects.toMatchObject({ code: 'RECORDER_UNAVAILABLE' });
    expect(ended).toHaveLength(18);
    expect(ended).toEqual(expect.arrayContaining(ids.slice(0, 16)));
    expect(await recorder.list()).toHaveLength(18);
    expect(await start()).toBe(3);
  });
});
