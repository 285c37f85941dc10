import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { EmbeddedRecorderOptions } from '../embedded.recorder.ts';
import type { RecordingLosses, RecordingRequest } from '../recorder.port.ts';

export interface RecorderProcessOrder {
  recorder: Pick<EmbeddedRecorderOptions, 'livekitUrl' | 'apiKey' | 'apiSecret' | 'segmentMs'>;
  requests: RecordingRequest[];
  /** Deletes segments that are older, as the server does; keeps all unless told. */
  keepMs?: number;
}

/** How late the event loop of a thread came round, since the sample before. */
export interface LoopDelay {
  medianMs: number;
  p99Ms: number;
  maxMs: number;
}

/** What the recording thread says of itself. */
export interface ThreadSample {
  /** Of objects and buffers, after a collection if the sample was asked for with one. */
  usedBytes: number;
  delay: LoopDelay;
}

/** What a process with nothing but the recorder in it has used so far. */
export interface RecorderSample {
  atMs: number;
  cpuMs: number;
  rssBytes: number;
  /** Sockets, files and whatever else it has open. */
  handles: number;
  /** All that it has asked the system to write, to disk or to a pipe. */
  writtenBytes: number;
  /** What its segments have, those that were deleted too. */
  segmentBytes: number;
  mainDelay: LoopDelay;
  thread: ThreadSample;
  /** Of all recordings. */
  losses: Pick<RecordingLosses, 'lostPackets' | 'frozenMs' | 'missingMs'>;
}

export type RecorderProcessCall =
  | { type: 'record'; order: RecorderProcessOrder }
  | { type: 'sample'; collectsGarbage: boolean }
  | { type: 'flush'; index: number }
  | { type: 'stop' };

export type RecorderProcessAnswer = { value: unknown } | { error: string };

/**
 * A recorder in a process of its own: what the process uses is what recording costs, and it can be killed. One call at a
 * time.
 */
export class RecorderProcess {
  private readonly child: ChildProcess;
  /** When the first picture of each recording was drawn. Epoch ms. */
  startedAtMs: number[] = [];

  private constructor() {
    // Heaps are told apart from what waits to be collected.
    this.child = fork(new URL('./recorder-process.child.ts', import.meta.url), {
      stdio: 'inherit',
      execArgv: ['--expose-gc'],
    });
  }

  /** Resolves when each recording has its first picture. */
  static async start(order: RecorderProcessOrder): Promise<RecorderProcess> {
    const started = new RecorderProcess();
    try {
      started.startedAtMs = (await started.call({ type: 'record', order })) as number[];
    } catch (error) {
      await started.kill();
      throw error;
    }
    return started;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @throws when a recording has ended */
  async sample(options: { collectsGarbage?: boolean } = {}): Promise<RecorderSample> {
    const { collectsGarbage = false } = options;
    return (await this.call({ type: 'sample', collectsGarbage })) as RecorderSample;
  }

  /** Flushes one of the recordings; says how long that took, in ms. */
  async flush(index: number): Promise<number> {
    return (await this.call({ type: 'flush', index })) as number;
  }

  /** Ends the recordings, then the process. */
  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    await this.call({ type: 'stop' });
    await ended;
  }

  /** Ends it as a crash would; resolves, once it is gone, with the epoch ms just before. */
  async kill(): Promise<number> {
    const killedMs = Date.now();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    return killedMs;
  }

  private async call(call: RecorderProcessCall): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<RecorderProcessAnswer>();
    const exited = (code: number | null): void =>
      reject(new Error(`the recorder's process ended with ${code}`));
    this.child.once('message', resolve);
    this.child.once('exit', exited);
    try {
      this.child.send(call);
      const answer = await promise;
      if ('error' in answer) throw new Error(answer.error);
      return answer.value;
    } finally {
      this.child.off('message', resolve);
      this.child.off('exit', exited);
    }
  }
}
