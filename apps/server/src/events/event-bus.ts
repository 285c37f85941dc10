import type { DedicatedQuery } from '@hindsight/db/dedicated-connection';
import { SECOND } from '@hindsight/shared/units';
import { createFrameReader, toFrames } from './notification-frames.ts';

export const CHANNEL = 'hindsight_events';
const MAX_BATCH = 200;
/** Told to the others when something of ours may not have reached them. */
const GAP = { gap: true };

export interface BusListener {
  /** Something that another server has published; in the order in which it has. */
  onValue(value: unknown): void;
  /** Something may have been missed. */
  onGap(): void;
}

/** What servers on one database tell each other. */
export interface EventBus {
  /** To every other server. Never fails: they are told of a gap when it could not be sent. */
  publish(value: unknown): void;
  /** @returns the function that ends it */
  subscribe(listener: BusListener): () => void;
}

/** Of a server that is alone on its database. */
export const soleBus: EventBus = { publish: () => undefined, subscribe: () => () => undefined };

/** A bus and what its connection tells it. */
export interface NotifyBus extends EventBus {
  receive(payload: string): void;
  connected(isFirst: boolean): void;
  broken(): void;
  /** Resolves when all that was published is sent, or never will be. */
  settled(): Promise<void>;
}

/** By NOTIFY. What is published while an earlier batch is under way goes with the next one: a burst costs few commits. */
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
        // A new connection tells of the gap; where the old one goes on, so do we.
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
