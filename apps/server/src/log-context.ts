import { AsyncLocalStorage } from 'node:async_hooks';

/** These ids describe the work under way; each line logged meanwhile carries them. They never contain secrets or names. */
export interface LogContext {
  requestId?: string;
  userId?: string;
  sessionId?: string;
  clipId?: string;
  queue?: string;
  chore?: string;
}

const contexts = new AsyncLocalStorage<LogContext>();

/** Runs work under ids of its own. The ids of whatever happened to start it are not added. */
export function inLogContext<T>(context: LogContext, work: () => T): T {
  return contexts.run(context, work);
}

/** Adds ids that became known, for the rest of the work under way. Outside of any context it does nothing. */
export function addToLogContext(ids: LogContext): void {
  Object.assign(contexts.getStore() ?? {}, ids);
}

export function currentLogContext(): LogContext {
  return { ...contexts.getStore() };
}
