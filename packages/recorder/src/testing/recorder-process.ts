import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { EmbeddedRecorderOptions } from '../embedded.recorder.ts';
import type { KeptVoices, RecordingLosses, RecordingRequest } from '../recorder.port.ts';

export interface RecorderProcessOrder {
  recorder: Pick<EmbeddedRecorderOptions, 'livekitUrl' | 'apiKey' | 'apiSecret' | 'segmentMs'>;
  requests: RecordingRequest[];
  /** Segments older than this are deleted, as the server does; by default all are kept. */
  keepMs?: number;
}

/** How late the event loop of a thread came round since the last sample. */
export interface LoopDelay {
  medianMs: number;
  p99Ms: number;
  maxMs: number;
}

/** A sample that the recording thread takes of itself. */
export interface ThreadSample {
  /** The bytes of objects and buffers, after a garbage collection if the sample was asked for with one. */
  usedBytes: number;
  delay: LoopDelay;
}

/** The resources that a process with nothing but the recorder in it has used so far. */
export interface RecorderSample {
  atMs: number;
  cpuMs: number;
  rssBytes: number;
  /** The number of sockets, files and other handles that are open. */
  handles: number;
  /** All bytes that it has asked the system to write, to disk or to a pipe. */
  writtenBytes: number;
  /** The bytes of all its segments, including deleted ones. */
  segmentBytes: number;
  mainDelay: LoopDelay;
  thread: ThreadSample;
  /** The losses of all recordings. */
  losses: Pick<RecordingLosses, 'lostPackets' | 'frozenMs' | 'missingMs'>;
}

export type RecorderProcessCall =
  | { type: 'record'; order: RecorderProcessOrder }
  | { type: 'sample'; collectsGarbage: boolean }
  | { type: 'flush'; index: number }
  | { type: 'voices'; index: number; voices: KeptVoices }
  | { type: 'stop' };

export type RecorderProcessAnswer = { value: unknown } | { error: string };

/**
 * A recorder in a process of its own, so that the process' resources are the cost of recording and it can be killed. It takes
 * one call at a time.
 */
export class RecorderProcess {
  private readonly child: ChildProcess;
  /** The time at which the first picture of each recording was drawn, in epoch ms. */
  startedAtMs: number[] = [];

  private constructor() {
    // The child exposes the garbage collector, so that memory in use can be told from garbage.
    this.child = fork(new URL('./recorder-process.child.ts', import.meta.url), {
      stdio: 'inherit',
      execArgv: ['--expose-gc'],
    });
  }

  /** Starts the process. Resolves when each recording has its first picture. */
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

  /** Takes a sample. @throws when a recording has ended */
  async sample(options: { collectsGarbage?: boolean } = {}): Promise<RecorderSample> {
    const { collectsGarbage = false } = options;
    return (await this.call({ type: 'sample', collectsGarbage })) as RecorderSample;
  }

  /** Flushes one of the recordings. Returns how long that took, in ms. */
  async flush(index: number): Promise<number> {
    return (await this.call({ type: 'flush', index })) as number;
  }

  /** Says whose voices one of the recordings keeps. */
  async setVoices(index: number, voices: KeptVoices): Promise<void> {
    await this.call({ type: 'voices', index, voices });
  }

  /** Ends the recordings, then the process. */
  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    await this.call({ type: 'stop' });
    await ended;
  }

  /** Kills the process as a crash would. Resolves, once it is gone, with the epoch ms just before. */
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
