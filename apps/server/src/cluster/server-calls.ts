import { randomUUID } from 'node:crypto';
import type { AppEvents } from '../events/events.ts';
import type { Log } from '../log.ts';
import type { Servers } from './servers.ts';

export interface ServerCalls {
  /** Lets other servers ask this one to do something. What they send is as they have checked it. */
  handle(name: string, handler: (input: unknown) => Promise<void>): void;
  /** Asks a server; true once it has done it, false when it could not or did not answer in time. */
  ask(serverId: string, name: string, input: object, timeoutMs: number): Promise<boolean>;
  close(): void;
}

/** What only the server can do that owns something, on behalf of the one that was asked for it. */
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
        log.warn({ err: error, call: name, from }, 'what another server asked for could not be done');
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

/** Of a server of another version. */
function refuse(): Promise<void> {
  return Promise.reject(new Error('nobody here knows how'));
}
