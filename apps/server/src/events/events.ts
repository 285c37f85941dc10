import { EventEmitter, on } from 'node:events';
import type { ClipEvent, ClipPhase } from '@hindsight/shared/clip';
import type { MessageEvent, MessageTarget } from '@hindsight/shared/message';
import { soleBus, type EventBus } from './event-bus.ts';

/** What only some people are told of. */
export type ToldMessageEvent = Extract<MessageEvent, { type: 'read' | 'conversation' }>;

/** What features tell each other and, through subscriptions, the clients. Payloads say what changed, not how it is now. */
interface EventMap {
  /** Who is in, shares or is recorded in a voice channel changed, as this server sees it. */
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
  /** LiveKit told a server of a change in a voice channel; `leftSid` is the participant who is no longer there. */
  voice: [{ channelId: string; leftSid: string | null }];
  /** The buffer of a session is gone from the disk. */
  purged: [{ sessionId: string }];
  /** A clip changed or went on another server, which each reads for itself: what was read first could arrive last. */
  clipNews: [{ userId: string; clipId: string; isRemoved: boolean; progress: ClipProgress | null }];
  /** Likewise of a message. */
  messageNews: [{ messageId: string; target: MessageTarget; type: 'created' | 'changed' | 'removed' }];
  /** Likewise of what is for these people alone. */
  messageTold: [{ memberIds: readonly string[]; event: ToldMessageEvent }];
  /** A queue has more to do than one server can. */
  queued: [{ queue: string }];
  /** One server asks another to do something, and hears that it is done. */
  call: [{ id: string; to: string; from: string; name: string; input: unknown }];
  answer: [{ id: string; to: string; isDone: boolean }];
  /** Events of other servers may have been missed: whoever keeps up with something has to look at it anew. */
  gap: [object];
}

/** What a capture is doing at the moment; not worth a row. */
export interface ClipProgress {
  phase: ClipPhase;
  /** 0 to 1. */
  fraction: number;
}

/** Told on every server. The others stay where they are: each server finds them out by itself, from these. */
const TOLD_EVERYWHERE: ReadonlySet<keyof EventMap> = new Set<keyof EventMap>([
  'room',
  'mine',
  'community',
  'voice',
  'purged',
  'clipNews',
  'messageNews',
  'messageTold',
  'queued',
  'call',
  'answer',
]);

/** Where an event happened: on this server, or on another of the same database. */
export type Origin = 'here' | 'elsewhere';

type Listener<K extends keyof EventMap> = (payload: EventMap[K][0], origin: Origin) => void;

/** The hub between features, over all servers on one database; one an app. */
export interface AppEvents {
  /** Listeners of this server hear it before this returns, those of others soon. */
  emit<K extends keyof EventMap>(name: K, payload: EventMap[K][0]): void;
  /** Tells this server's listeners of what has happened on another one. */
  relay<K extends keyof EventMap>(name: K, payload: EventMap[K][0]): void;
  /** Calls back synchronously; returns the function that takes the listener off. */
  listen<K extends keyof EventMap>(name: K, listener: Listener<K>): () => void;
  /** Events from the call on, until the signal aborts. Listening starts at the call, so nothing in between is missed. */
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
      // Of a server of another version there may be names that we don't know: nobody listens to them.
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
