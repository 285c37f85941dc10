import { randomUUID } from 'node:crypto';
import type { AppEvents } from '../events/events.ts';
import type { Log } from '../log.ts';
import type { Servers } from './servers.ts';

export interface ServerCalls {
  /** Lets other servers ask this one to do something. The asking server has validated the input. */
  handle(name: string, handler: (input: unknown) => Promise<void>): void;
  /**
   * Asks another server to do something. Resolves to true when it is done, to false when it failed or no answer came in
   * time.
   */
  ask(serverId: string, name: string, input: object, timeoutMs: number): Promise<boolean>;
  close(): void;
}

/** Sends requests between servers, for what only the server that owns something (such as a recording) can do with it. */
export function createServerCalls({
  events,
  servers,
  log,
}: {
  events: Pick<AppEvents, 'emit' | 'listen'>;
  servers: Pick<Servers, 'id'>;
  log: Pick<Log, 'warn'>;
}): ServerCalls {
  const handlers = new Map<string, (input: unknown) => Promise<void>>();
  const waiting = new Map<string, (isDone: boolean) => void>();

  async function answer({
    id,
    from,
    name,
    input,
  }: {
    id: string;
    from: string;
    name: string;
    input: unknown;
  }) {
    const isDone = await (handlers.get(name) ?? refuse)(input).then(
      () => true,
      (error: unknown) => {
        log.warn({ err: error, call: name, from }, 'a request from another server failed');
        return false;
      },
    );
    events.emit('answer', { id, to: from, isDone });
  }

  const stopListening = [
    events.listen('call', (call, origin) => {
      if (origin === 'elsewhere' && call.to === servers.id) void answer(call);
    }),
    events.listen('answer', ({ id, to, isDone }) => {
      if (to === servers.id) waiting.get(id)?.(isDone);
    }),
  ];

  return {
    handle(name, handler) {
      handlers.set(name, handler);
    },

    async ask(serverId, name, input, timeoutMs) {
      const id = randomUUID();
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(resolve, timeoutMs, false);
      waiting.set(id, resolve);
      try {
        events.emit('call', { id, to: serverId, from: servers.id, name, input });
        return await promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(id);
      }
    },

    close() {
      for (const stop of stopListening) stop();
      for (const resolve of waiting.values()) resolve(false);
    },
  };
}

/** Answers requests that a server of another version sends. */
function refuse(): Promise<void> {
  return Promise.reject(new Error('this server has no handler for the request'));
}
