import type { EventBus } from '../../events/event-bus.ts';

type BusListener = Parameters<EventBus['subscribe']>[0];

/**
 * Makes connected buses, like those of several servers, in one process. A value that one publishes reaches the others
 * later, in order, as a copy.
 */
export function wireBuses(count: number): {
  buses: EventBus[];
  /** Tells all listeners that they may have missed events. */
  gap(): void;
} {
  const listeners = Array.from({ length: count }, () => new Set<BusListener>());
  const buses = listeners.map((own): EventBus => ({
    publish(value) {
      const text = JSON.stringify(value);
      setImmediate(() => {
        for (const others of listeners)
          if (others !== own) for (const { onValue } of others) onValue(JSON.parse(text));
      });
    },
    subscribe(listener) {
      own.add(listener);
      return () => own.delete(listener);
    },
  }));
  return {
    buses,
    gap() {
      for (const all of listeners) for (const { onGap } of all) onGap();
    },
  };
}
