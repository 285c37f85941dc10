import { createContext, useContext } from 'react';
import { SECOND } from '@hindsight/shared/units';

/** Two clocks that run freely drift apart by less than this part of the time. */
const DRIFT = 1e-4;
/** A monotonic clock stands still while its machine sleeps, and the wall clock doesn't. Smaller differences are corrections. */
const SLEPT_MS = SECOND;

/** This is a moment of this machine, also if it sleeps afterwards. */
export interface MarkedMoment {
  /** The time is the event's `timeStamp`, so it tells when the key or button was pressed, not when it was handled. */
  pressedAt: number;
  /** The wall clock was ahead of the monotonic clock by this. */
  wallOffsetMs: number;
}

export type PressClock = ReturnType<typeof createPressClock>;

/**
 * Makes the clock that tells the server when a press was, whatever its request meets on the way: how long ago it was, and what the
 * server's clock showed at most. The latter takes away what the network holds a request back, of which the sender knows nothing.
 * @param monotonicNow returns the time on which events are stamped
 * @param wallNow returns the time of this machine's clock, which need not be right
 */
export function createPressClock({
  monotonicNow = () => performance.now(),
  wallNow = () => Date.now(),
}: { monotonicNow?: () => number; wallNow?: () => number } = {}) {
  /** The server's clock is ahead of the monotonic clock by something between these. */
  let offset: { least: number; most: number; seenAt: number; wallOffsetMs: number } | null = null;
  const wallOffset = () => wallNow() - monotonicNow();
  const hasSlept = (sinceOffsetMs: number) => Math.abs(wallOffset() - sinceOffsetMs) > SLEPT_MS;

  return {
    /**
     * Notes what an answer tells of the server's clock.
     * @param sentAt when its request was sent, on the monotonic clock, as `answeredAt`
     * @param serverMs what the server's clock showed in between
     */
    observe({
      sentAt,
      answeredAt,
      serverMs,
    }: {
      sentAt: number;
      answeredAt: number;
      serverMs: number;
    }): void {
      const seen = { least: serverMs - answeredAt, most: serverMs - sentAt };
      if (offset !== null && !hasSlept(offset.wallOffsetMs)) {
        const drift = (answeredAt - offset.seenAt) * DRIFT;
        const least = Math.max(seen.least, offset.least - drift);
        const most = Math.min(seen.most, offset.most + drift);
        // When both can't be true, the server's clock was set.
        if (least <= most) Object.assign(seen, { least, most });
      }
      offset = { ...seen, seenAt: answeredAt, wallOffsetMs: wallOffset() };
    },

    /** Marks the moment of an event. */
    mark(pressedAt: number): MarkedMoment {
      return { pressedAt, wallOffsetMs: wallOffset() };
    },

    /** Returns what the server is told of a moment in a request that is sent now. */
    momentOf({ pressedAt, wallOffsetMs }: MarkedMoment): { pressedAgoMs: number; pressedBefore?: string } {
      const slept = wallOffset() - wallOffsetMs;
      const pressedAgoMs = Math.max(0, monotonicNow() - pressedAt + (slept > SLEPT_MS ? slept : 0));
      if (offset === null || hasSlept(offset.wallOffsetMs)) return { pressedAgoMs };
      const latest = pressedAt + offset.most + (monotonicNow() - offset.seenAt) * DRIFT;
      return { pressedAgoMs, pressedBefore: new Date(Math.ceil(latest)).toISOString() };
    },
  };
}

export const PressClockContext = createContext(createPressClock());

export function usePressClock(): PressClock {
  return useContext(PressClockContext);
}
