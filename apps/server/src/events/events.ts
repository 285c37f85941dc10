import { EventEmitter, on } from 'node:events';
import type { ClipEvent } from '@hindsight/shared/clip';
import type { MessageEvent } from '@hindsight/shared/message';

/** What features tell each other and, through subscriptions, the clients. Payloads say what changed, not how it is now. */
interface EventMap {
  /** Who is in, shares or is recorded in a voice channel changed. */
  presence: [{ channelId: string }];
  /** The running recordings of a channel changed (start, end, health). */
  room: [{ channelId: string }];
  /** A user's own buffer in a channel changed (session state or a new segment). */
  mine: [{ userId: string; channelId: string }];
  /** One of a user's clips changed or went. `messageIds` held it, and don't name it any more now that its row is gone. */
  clip: [{ userId: string; event: ClipEvent; messageIds?: readonly string[] }];
  /** A message was written, changed or removed; `memberIds` are told of it, everybody who may read the channel when null. */
  message: [{ communityId: string | null; memberIds: readonly string[] | null; event: MessageEvent }];
  /** A community's name, channels, roles, members or settings changed. `memberIds` are told also if they no longer are members. */
  community: [{ communityId: string; memberIds: readonly string[] }];
}

/** In-process event hub between features; one an app. */
export interface AppEvents {
  emit<K extends keyof EventMap>(name: K, payload: EventMap[K][0]): void;
  /** Calls back synchronously; returns the function that takes the listener off. */
  listen<K extends keyof EventMap>(name: K, listener: (payload: EventMap[K][0]) => void): () => void;
  /** Events from the call on, until the signal aborts. Listening starts at the call, so nothing in between is missed. */
  stream<K extends keyof EventMap>(name: K, signal: AbortSignal): AsyncIterable<EventMap[K][0]>;
}

export function createAppEvents(): AppEvents {
  const emitter = new EventEmitter<EventMap>();
  emitter.setMaxListeners(0);
  return {
    emit(name, payload) {
      (emitter as EventEmitter).emit(name, payload);
    },
    listen(name, listener) {
      (emitter as EventEmitter).on(name, listener);
      return () => (emitter as EventEmitter).off(name, listener);
    },
    stream(name, signal) {
      const events = on(emitter as EventEmitter, name, { signal });
      return (async function* () {
        try {
          for await (const [payload] of events) yield payload;
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      })();
    },
  };
}
