import type { PacketCounts } from './rtp/loss-meter.ts';
import type { Worker } from 'node:worker_threads';
import { AppError } from '@hindsight/shared/errors';
import type { RecorderLog } from './recorder-log.ts';
import type { RecorderEvent } from './recorder.port.ts';
import type { WorkerCall, WorkerMessage } from './worker-protocol.ts';

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

interface WorkerClientOptions {
  spawn: () => Worker;
  log: RecorderLog | undefined;
  onEvent: (event: RecorderEvent) => void;
  onPackets: (counts: PacketCounts) => void;
  /** A thread that has answered nothing for so long is ended. */
  hungAfterMs: number;
  /** The thread has answered nothing for a quarter of that (true), or answers again. */
  onStalled: (isStalled: boolean) => void;
  /** The thread is gone though nobody closed it; what it was asked has been refused already. */
  onDied: (detail: string) => void;
}

interface PendingCall {
  resolve: (readableToMs: number | null) => void;
  reject: (error: AppError) => void;
}

/** The thread is asked so often within the time after which it counts as hung. */
const PINGS = 20;
const STALLED_PINGS = PINGS / 4;

/** The main thread's end of the recorder's worker thread, which is made when it is first needed. */
export class WorkerClient {
  private readonly options: WorkerClientOptions;
  private worker: Worker | undefined;
  private readonly pending = new Map<number, PendingCall>();
  private lastCallId = 0;
  private watchdog: NodeJS.Timeout | undefined;

  constructor(options: WorkerClientOptions) {
    this.options = options;
  }

  /** @throws AppError what the worker refused with; RECORDER_UNAVAILABLE when it died */
  call(call: DistributiveOmit<WorkerCall, 'callId'>): Promise<number | null> {
    const callId = ++this.lastCallId;
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    this.pending.set(callId, { resolve, reject });
    this.worker ??= this.spawn();
    this.worker.postMessage({ ...call, callId } satisfies WorkerCall);
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
    const worker = this.options.spawn();
    worker.on('message', (message: WorkerMessage) => this.receive(message));
    worker.on('error', (error) => this.died(worker, error.message));
    worker.on('exit', (code) => this.died(worker, `exit code ${code}`));
    this.watch(worker);
    return worker;
  }

  /** Counts questions rather than time: a main thread that was held up itself has asked only once meanwhile. */
  private watch(worker: Worker): void {
    const { hungAfterMs } = this.options;
    let missed = 0;
    let isAsking = false;
    clearInterval(this.watchdog);
    this.watchdog = setInterval(() => {
      if (isAsking) {
        missed += 1;
        if (missed === STALLED_PINGS) this.options.onStalled(true);
        if (missed < PINGS) return;
        this.died(worker, `it has not answered for ${hungAfterMs} ms`);
        void worker.terminate();
        return;
      }
      missed = 0;
      isAsking = true;
      this.call({ type: 'ping' }).then(
        () => {
          isAsking = false;
          if (missed >= STALLED_PINGS) this.options.onStalled(false);
        },
        // It has died, or was closed: then nobody watches any more.
        () => undefined,
      );
    }, hungAfterMs / PINGS).unref();
  }

  private receive(message: WorkerMessage): void {
    switch (message.type) {
      case 'answer':
        this.take(message.callId)?.resolve(message.readableToMs);
        break;
      case 'refusal':
        this.take(message.callId)?.reject(new AppError(message.code, { detail: message.detail }));
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

  private take(callId: number): PendingCall | undefined {
    const call = this.pending.get(callId);
    this.pending.delete(callId);
    return call;
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
  }
}
