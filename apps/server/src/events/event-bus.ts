import type { DedicatedQuery } from '@hindsight/db/dedicated-connection';
import { SECOND } from '@hindsight/shared/units';
import { createFrameReader, toFrames } from './notification-frames.ts';

export const CHANNEL = 'hindsight_events';
const MAX_BATCH = 200;
/** This is sent to the other servers when some events of this server may not have reached them. */
const GAP = { gap: true };

interface BusListener {
  /** Receives a value that another server has published. A server's values come in the order in which it published them. */
  onValue(value: unknown): void;
  /** Tells that values may have been missed. */
  onGap(): void;
}

/** Servers on one database send events to each other over a bus. */
export interface EventBus {
  /** Sends a value to every other server. It never fails: when the value can't be sent, the others are told of a gap. */
  publish(value: unknown): void;
  /** Adds a listener and returns the function that removes it. */
  subscribe(listener: BusListener): () => void;
}

/** A server that is alone on its database uses this bus, which does nothing. */
export const soleBus: EventBus = { publish: () => undefined, subscribe: () => () => undefined };

/** This is a bus with the callbacks for its connection. */
export interface NotifyBus extends EventBus {
  receive(payload: string): void;
  connected(isFirst: boolean): void;
  broken(): void;
  /** Resolves when everything published has been sent, or never will be. */
  settled(): Promise<void>;
}

/**
 * Makes a bus over NOTIFY. Values published while a batch is being sent go with the next one, so a burst costs few
 * commits.
 */
export function createNotifyBus({
  serverId,
  query,
  gapDelayMs = 1 * SECOND,
}: {
  serverId: string;
  query: DedicatedQuery;
  gapDelayMs?: number;
}): NotifyBus {
  const listeners = new Set<BusListener>();
  const reader = createFrameReader();
  let number = 0;
  let waiting: string[] = [];
  let isConnected = false;
  let sending: Promise<void> | undefined;

  async function send(): Promise<void> {
    while (waiting.length > 0 && isConnected) {
      const batch = waiting.splice(0, MAX_BATCH);
      try {
        await query(`SELECT pg_notify('${CHANNEL}', frame) FROM unnest($1::text[]) AS frame`, [batch]);
      } catch {
        // A new connection announces the gap by itself. This covers a failure on a connection that stays open.
        waiting = [];
        setTimeout(publish, gapDelayMs, GAP).unref();
      }
    }
  }

  function publish(value: unknown): void {
    if (!isConnected) return;
    waiting.push(...toFrames(serverId, number++, value));
    sending ??= send().finally(() => (sending = undefined));
  }

  function tellOfGap(): void {
    for (const { onGap } of listeners) onGap();
  }

  return {
    publish,

    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    receive(payload) {
      const message = reader.read(payload);
      if (message === null || message.senderId === serverId) return;
      if (isGap(message.value)) tellOfGap();
      else for (const { onValue } of listeners) onValue(message.value);
    },

    connected(isFirst) {
      isConnected = true;
      if (isFirst) return;
      reader.clear();
      tellOfGap();
      publish(GAP);
    },

    broken() {
      isConnected = false;
      waiting = [];
    },

    settled: async () => sending,
  };
}

function isGap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'gap' in value;
}
