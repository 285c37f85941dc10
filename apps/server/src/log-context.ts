import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids of what is being done: each line that is logged meanwhile carries them. Never secrets, never names. */
export interface LogContext {
  requestId?: string;
  userId?: string;
  sessionId?: string;
  clipId?: string;
  queue?: string;
  chore?: string;
}

const contexts = new AsyncLocalStorage<LogContext>();

/** Runs work under ids of its own; those of whatever happened to start it don't reach it. */
export function inLogContext<T>(context: LogContext, work: () => T): T {
  return contexts.run(context, work);
}

/** Adds what has turned out meanwhile, for the rest of the work under way. Outside of any it does nothing. */
export function addToLogContext(ids: LogContext): void {
  Object.assign(contexts.getStore() ?? {}, ids);
}

export function currentLogContext(): LogContext {
  return { ...contexts.getStore() };
}
