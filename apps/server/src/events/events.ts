import { EventEmitter, on } from 'node:events';
import type { ClipEvent, ClipPhase } from '@hindsight/shared/clips/clip';
import type { MessageEvent, MessageTarget } from '@hindsight/shared/chat/message';
import { soleBus, type EventBus } from './event-bus.ts';

/** These message events are for certain people only. */
export type ToldMessageEvent = Extract<MessageEvent, { type: 'read' | 'conversation' }>;

/**
 * Features send each other these events and, through subscriptions, clients receive them. Payloads say what has changed,
 * not the new state.
 */
interface EventMap {
  /** Who is in, shares in or is recorded in a voice channel has changed, as this server sees it. */
  presence: [{ channelId: string }];
  /** The running recordings of a channel have changed (start, end, health). */
  room: [{ channelId: string }];
  /** A user's own buffer in a channel has changed (session state or a new segment). */
  mine: [{ userId: string; channelId: string }];
  /**
   * One of a user's clips has changed or was removed, or there is a new one. The messages `messageIds` contained it, and no longer
   * refer to it now that its row is gone.
   */
  clip: [{ userId: string; event: ClipEvent; isNew?: boolean; messageIds?: readonly string[] }];
  /** One of a user's exports has changed or was deleted, or has the given progress. */
  export: [{ userId: string; exportId: string; progress: number | null }];
  /** A message was written, changed or removed. `memberIds` are told; when null, everybody who may read the channel. */
  message: [{ communityId: string | null; memberIds: readonly string[] | null; event: MessageEvent }];
  /** A community's name, channels, roles, members or settings have changed. `memberIds` may include former members. */
  community: [{ communityId: string; memberIds: readonly string[] }];
  /** Tokens of an account were revoked: it was signed out, or its password was changed. */
  signedOut: [{ userId: string }];
  /** LiveKit reported a change in a voice channel to a server. `leftSid` is the participant who is no longer there. */
  voice: [{ channelId: string; leftSid: string | null }];
  /** The buffer of a session was deleted from the disk. */
  purged: [{ sessionId: string }];
  /**
   * A clip has changed or was removed on another server. Each server reads it for itself, because states sent along could
   * arrive out of order.
   */
  clipNews: [{ userId: string; clipId: string; isRemoved: boolean; progress: ClipProgress | null }];
  /** A message has changed on another server, in the same way. */
  messageNews: [{ messageId: string; target: MessageTarget; type: 'created' | 'changed' | 'removed' }];
  /** An event for certain people only happened on another server. */
  messageTold: [{ memberIds: readonly string[]; event: ToldMessageEvent }];
  /** A queue has more jobs than one server can run. */
  queued: [{ queue: string }];
  /** One server asks another to do something, which answers when it is done. */
  call: [{ id: string; to: string; from: string; name: string; input: unknown }];
  answer: [{ id: string; to: string; isDone: boolean }];
  /** Events of other servers may have been missed, so whoever follows some state must read it again. */
  gap: [object];
}

/** A capture's progress is only sent, not stored. */
export interface ClipProgress {
  phase: ClipPhase;
  /** The fraction is from 0 to 1. */
  fraction: number;
}

/** These events are sent to every server. Each server derives the other events by itself from these. */
const TOLD_EVERYWHERE: ReadonlySet<keyof EventMap> = new Set<keyof EventMap>([
  'room',
  'mine',
  'community',
  'signedOut',
  'voice',
  'purged',
  'clipNews',
  'export',
  'messageNews',
  'messageTold',
  'queued',
  'call',
  'answer',
]);

/** An event's origin is this server, or another one on the same database. */
type Origin = 'here' | 'elsewhere';

type Listener<K extends keyof EventMap> = (payload: EventMap[K][0], origin: Origin) => void;

/** This is the event hub between features, over all servers on one database. Each app has one. */
export interface AppEvents {
  /** Sends an event. Listeners on this server have run when it returns; those of other servers run soon. */
  emit<K extends keyof EventMap>(name: K, payload: EventMap[K][0]): void;
  /** Tells this server's listeners about an event of another server. */
  relay<K extends keyof EventMap>(name: K, payload: EventMap[K][0]): void;
  /** Calls the listener synchronously for each event. Returns the function that removes it. */
  listen<K extends keyof EventMap>(name: K, listener: Listener<K>): () => void;
  /** Yields events until the signal aborts. Listening starts at the call, so nothing is missed before the first read. */
  stream<K extends keyof EventMap>(name: K, signal: AbortSignal): AsyncIterable<EventMap[K][0]>;
  close(): void;
}

interface BusMessage {
  name: keyof EventMap;
  payload: never;
}

export function createAppEvents(bus: EventBus = soleBus): AppEvents {
  const emitter: EventEmitter = new EventEmitter();
  emitter.setMaxListeners(0);

  const close = bus.subscribe({
    onValue(value) {
      const { name, payload } = value as BusMessage;
      // A server of another version may send names that this one doesn't know, and nobody listens to.
      if (TOLD_EVERYWHERE.has(name)) emitter.emit(name, payload, 'elsewhere' satisfies Origin);
    },
    onGap: () => void emitter.emit('gap', {}, 'elsewhere' satisfies Origin),
  });

  return {
    emit(name, payload) {
      emitter.emit(name, payload, 'here' satisfies Origin);
      if (TOLD_EVERYWHERE.has(name)) bus.publish({ name, payload });
    },
    relay(name, payload) {
      emitter.emit(name, payload, 'elsewhere' satisfies Origin);
    },
    listen(name, listener) {
      emitter.on(name, listener);
      return () => emitter.off(name, listener);
    },
    stream(name, signal) {
      const events = on(emitter, name, { signal });
      return (async function* () {
        try {
          for await (const [payload] of events) yield payload;
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      })();
    },
    close,
  };
}
