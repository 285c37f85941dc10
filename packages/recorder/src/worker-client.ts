import type { PacketCounts } from './rtp/loss-meter.ts';
import type { Worker } from 'node:worker_threads';
import { AppError } from '@hindsight/shared/errors';
import type { RecorderLog } from './recorder-log.ts';
import type { RecorderEvent } from './recorder.port.ts';
import type { WorkerCall, WorkerMessage } from './worker-protocol.ts';

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

interface WorkerClientOptions {
  /**
   * Creates the thread. `calls[0]` is how many calls it has not answered yet. It may rest on that while it is 0: each call ends its
   * rest.
   */
  spawn: (calls: Int32Array<SharedArrayBuffer>) => Worker;
  log: RecorderLog | undefined;
  onEvent: (event: RecorderEvent) => void;
  onPackets: (counts: PacketCounts) => void;
  /** A thread that has not answered for this long is ended. */
  hungAfterMs: number;
  /** The thread has not answered for two seconds at most (true), or answers again (false). */
  onStalled: (isStalled: boolean) => void;
  /** The thread is gone although nobody closed it; its pending calls have been refused already. */
  onDied: (detail: string) => void;
}

interface PendingCall {
  resolve: (readableToMs: number | null) => void;
  reject: (error: AppError) => void;
}

/** The thread is pinged this often, and at least so many times until it counts as hung. */
const PING_MS = 300;
const MIN_PINGS_UNTIL_HUNG = 20;
/** What a busy machine holds up is not called stalled: the thread has missed these pings, at least 1.5 s. */
const PINGS_UNTIL_STALLED = 5;

/** Calls one recording thread from the main thread. The thread is created when it is first needed. */
export class WorkerClient {
  private readonly options: WorkerClientOptions;
  private worker: Worker | undefined;
  private readonly calls = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private readonly pending = new Map<number, PendingCall>();
  private lastCallId = 0;
  private watchdog: NodeJS.Timeout | undefined;

  constructor(options: WorkerClientOptions) {
    this.options = options;
  }

  /**
   * Calls the thread. Resolves with its answer.
   * @throws AppError with the code that the worker refused with; RECORDER_UNAVAILABLE when the thread died
   */
  call(call: DistributiveOmit<WorkerCall, 'callId'>): Promise<number | null> {
    const callId = ++this.lastCallId;
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    this.pending.set(callId, { resolve, reject });
    this.countPending();
    this.worker ??= this.spawn();
    this.worker.postMessage({ ...call, callId } satisfies WorkerCall);
    Atomics.notify(this.calls, 0);
    return promise;
  }

  async close(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    clearInterval(this.watchdog);
    await worker?.terminate();
    this.refusePending('The recorder was closed.');
  }

  private spawn(): Worker {
    const worker = this.options.spawn(this.calls);
    worker.on('message', (message: WorkerMessage) => this.receive(message));
    worker.on('error', (error) => this.died(worker, error.message));
    worker.on('exit', (code) => this.died(worker, `exit code ${code}`));
    this.watch(worker);
    return worker;
  }

  /**
   * Pings the thread and ends it when it hangs. It counts pings rather than time, because a main thread that was blocked
   * itself has pinged only once meanwhile.
   */
  private watch(worker: Worker): void {
    const { hungAfterMs } = this.options;
    const pingMs = Math.min(PING_MS, hungAfterMs / MIN_PINGS_UNTIL_HUNG);
    const pingsUntilHung = hungAfterMs / pingMs;
    let missed = 0;
    let isUnanswered = false;
    clearInterval(this.watchdog);
    this.watchdog = setInterval(() => {
      if (isUnanswered) {
        missed += 1;
        if (missed === PINGS_UNTIL_STALLED) this.options.onStalled(true);
        if (missed < pingsUntilHung) return;
        this.died(worker, `it has not answered for ${hungAfterMs} ms`);
        void worker.terminate();
        return;
      }
      missed = 0;
      isUnanswered = true;
      this.call({ type: 'ping' }).then(
        () => {
          isUnanswered = false;
          if (missed >= PINGS_UNTIL_STALLED) this.options.onStalled(false);
        },
        // The thread died or was closed, so it is watched no more.
        () => undefined,
      );
    }, pingMs).unref();
  }

  private receive(message: WorkerMessage): void {
    switch (message.type) {
      case 'answer':
        this.takePending(message.callId)?.resolve(message.readableToMs);
        break;
      case 'refusal':
        this.takePending(message.callId)?.reject(new AppError(message.code, { detail: message.detail }));
        break;
      case 'event':
        this.options.onEvent(message.event);
        break;
      case 'packets':
        this.options.onPackets(message.counts);
        break;
      case 'log':
        this.options.log?.[message.level](message.fields, message.message);
        break;
    }
  }

  private takePending(callId: number): PendingCall | undefined {
    const call = this.pending.get(callId);
    this.pending.delete(callId);
    this.countPending();
    return call;
  }

  private countPending(): void {
    Atomics.store(this.calls, 0, this.pending.size);
  }

  private died(worker: Worker, detail: string): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    clearInterval(this.watchdog);
    this.options.log?.error({ detail }, 'the recorder thread died');
    this.refusePending('The recorder thread died.');
    this.options.onDied(`The recorder thread died: ${detail}`);
  }

  private refusePending(detail: string): void {
    for (const { reject } of this.pending.values()) reject(new AppError('RECORDER_UNAVAILABLE', { detail }));
    this.pending.clear();
    this.countPending();
  }
}
