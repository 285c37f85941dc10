/** How the jobs of a queue run. */
export interface QueueOptions {
  /** How many handlers of the queue run at the same time in this process. */
  concurrency: number;
  /** How often a job whose handler threw is tried again. Handlers that keep their own count leave it at 0. */
  retryLimit?: number;
  retryDelayMs?: number;
  /** After this the handler's signal aborts and the try counts as failed. */
  timeoutMs?: number;
}

/** The signal aborts at the timeout and when the server shuts down; a job that was cut short runs again at the next start. */
export type JobHandler<T> = (data: T, signal: AbortSignal) => Promise<void>;

/** Work that outlives a request: durable queues on the database, and periodic chores of this process. */
export interface Jobs {
  /** Declares a queue and what works it off. Waiting and interrupted jobs of earlier runs are picked up too. */
  work<T extends object>(queue: string, options: QueueOptions, handler: JobHandler<T>): Promise<void>;
  /** Stores a job; a handler picks it up at once. The queue must have been declared. */
  send<T extends object>(queue: string, data: T): Promise<void>;
  /** Runs a chore every so often, never two of it at the same time; a failure is logged and doesn't end it. */
  every(name: string, intervalMs: number, run: (signal: AbortSignal) => Promise<void>): void;
  /** Runs every chore once and works off all queues, now. Resolves when nothing is left to do. */
  runAll(): Promise<void>;
  /** Takes nothing new, aborts running handlers' signals and waits for them, up to a limit. */
  close(): Promise<void>;
}
