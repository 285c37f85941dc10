import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BroadcastChannel } from 'node:worker_threads';
import { createEmbeddedRecorder, spawnRecorderWorker } from '../embedded.recorder.ts';
import { parsePlaylist } from '../segments/playlist-reader.ts';
import type { KeptVoices, Recorder, RecorderEvent } from '../recorder.port.ts';
import { hear, SAMPLE_CHANNEL, watchLoopDelay, type SampleMessage } from './loop-delay.ts';
import type {
  RecorderProcessAnswer,
  RecorderProcessCall,
  RecorderProcessOrder,
  RecorderSample,
  ThreadSample,
} from './recorder-process.ts';

// This is the child process of RecorderProcess.

const RETENTION_MS = 500;
const delay = watchLoopDelay();

class Recordings {
  private readonly recorder: Recorder;
  private readonly order: RecorderProcessOrder;
  private readonly ids: string[] = [];
  private readonly ended: RecorderEvent[] = [];
  /** The number of closed segments and their bytes, for each recording. */
  private readonly closed = new Map<string, { count: number; bytes: number }>();
  private retention: NodeJS.Timeout | undefined;

  constructor(order: RecorderProcessOrder) {
    this.order = order;
    this.recorder = createEmbeddedRecorder({
      ...order.recorder,
      spawnWorker: (settings) =>
        spawnRecorderWorker(settings, new URL('./sampled-recorder.worker.ts', import.meta.url)),
    });
    this.recorder.subscribe((event) => this.hear(event));
  }

  /** Starts the recordings. Resolves with the time of each one's first picture. */
  async start(): Promise<number[]> {
    for (const request of this.order.requests) this.ids.push((await this.recorder.start(request)).egressId);
    while ((await this.recorder.list()).some(({ startedAtMs }) => startedAtMs === undefined)) {
      this.mustGoOn();
      await sleep(20);
    }
    const { keepMs } = this.order;
    if (keepMs !== undefined) this.retention = setInterval(() => this.deleteOlder(keepMs), RETENTION_MS);
    return (await this.recorder.list()).flatMap(({ startedAtMs }) => startedAtMs ?? []);
  }

  async sample(collectsGarbage: boolean): Promise<RecorderSample> {
    this.mustGoOn();
    const cpu = process.cpuUsage();
    const thread = await askThread(collectsGarbage);
    if (collectsGarbage) globalThis.gc?.();
    const losses = (await this.recorder.list()).flatMap((status) => status.losses ?? []);
    const sum = (of: (each: (typeof losses)[number]) => number): number =>
      losses.reduce((total, each) => total + of(each), 0);
    return {
      atMs: Date.now(),
      cpuMs: (cpu.user + cpu.system) / 1000,
      rssBytes: process.memoryUsage.rss(),
      handles: readdirSync('/proc/self/fd').length,
      writtenBytes: Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]),
      segmentBytes: this.segmentBytes(),
      mainDelay: delay.take(),
      thread,
      losses: {
        lostPackets: sum(({ lostPackets }) => lostPackets),
        frozenMs: sum(({ frozenMs }) => frozenMs),
        missingMs: sum(({ missingMs }) => missingMs),
      },
    };
  }

  async flush(index: number): Promise<number> {
    const from = performance.now();
    await this.recorder.flush(this.ids[index] ?? '');
    return performance.now() - from;
  }

  async setVoices(index: number, voices: KeptVoices): Promise<void> {
    await this.recorder.setVoices(this.ids[index] ?? '', voices);
  }

  async stop(): Promise<void> {
    clearInterval(this.retention);
    await this.recorder.close();
  }

  private hear(event: RecorderEvent): void {
    if (event.type === 'ended') this.ended.push(event);
    if (event.type !== 'segment') return;
    const { count, bytes } = this.closed.get(event.sessionId) ?? { count: 0, bytes: 0 };
    this.closed.set(event.sessionId, { count: count + 1, bytes: bytes + event.sizeBytes });
  }

  private mustGoOn(): void {
    if (this.ended.length > 0) throw new Error(`recordings ended: ${JSON.stringify(this.ended)}`);
  }

  private segmentBytes(): number {
    return this.order.requests.reduce((sum, { sessionId, destination }) => {
      const { count, bytes } = this.closed.get(sessionId) ?? { count: 0, bytes: 0 };
      const open = join(destination, `seg_${String(count).padStart(6, '0')}.m4s`);
      return sum + bytes + (statSync(open, { throwIfNoEntry: false })?.size ?? 0);
    }, 0);
  }

  private deleteOlder(keepMs: number): void {
    const beforeMs = Date.now() - keepMs;
    for (const { destination } of this.order.requests) {
      const entries = parsePlaylist(readFileSync(join(destination, 'full.m3u8'), 'utf8'));
      for (const { uri, fromMs, durationMs } of entries)
        if (fromMs + durationMs < beforeMs) rmSync(join(destination, uri), { force: true });
    }
  }
}

async function askThread(collectsGarbage: boolean): Promise<ThreadSample> {
  const channel = new BroadcastChannel(SAMPLE_CHANNEL);
  const { promise, resolve } = Promise.withResolvers<ThreadSample>();
  hear(channel, (message) => {
    if (message.type === 'sample') resolve(message.sample);
  });
  channel.postMessage({ type: 'ask', collectsGarbage } satisfies SampleMessage);
  try {
    return await promise;
  } finally {
    channel.close();
  }
}

let recordings: Recordings | undefined;

async function run(call: RecorderProcessCall): Promise<unknown> {
  if (call.type === 'record') {
    recordings = new Recordings(call.order);
    return recordings.start();
  }
  if (call.type === 'sample') return recordings?.sample(call.collectsGarbage);
  if (call.type === 'flush') return recordings?.flush(call.index);
  if (call.type === 'voices') return recordings?.setVoices(call.index, call.voices);
  await recordings?.stop();
  return undefined;
}

process.on('message', (call: RecorderProcessCall) => {
  const isLast = call.type === 'stop';
  const answer = (message: RecorderProcessAnswer): void => {
    process.send?.(message, () => {
      if (isLast) process.disconnect();
    });
  };
  run(call).then(
    (value) => answer({ value }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});
// The parent process is gone.
process.on('disconnect', () => process.exit());
