import { z } from 'zod';
import { isoTimeSchema } from '../ids.ts';
import { DAY } from '../units.ts';

/** A press may have waited this long, in a frozen tab or for the network. No buffer keeps more. */
const MAX_PRESSED_AGO_MS = DAY;

/** These fields tell when a press was, whatever its request met on the way. */
export const pressMomentFields = {
  /** This is the delay between the press and this call, in milliseconds of the client's monotonic clock. */
  pressedAgoMs: z.number().min(0).max(MAX_PRESSED_AGO_MS).default(0),
  /**
   * By the server's clock, the press was no later than this, as far as the sender knows: `x-server-time` of earlier answers tells. It
   * takes away what the network held the request back.
   */
  pressedBefore: isoTimeSchema.optional(),
};

interface PressMoment {
  pressedAgoMs: number;
  pressedBefore?: string | undefined;
}

/**
 * Returns when a press was, in epoch milliseconds of the server.
 * @param receivedAtMs when its request arrived
 */
export function pressMoment({ pressedAgoMs, pressedBefore }: PressMoment, receivedAtMs: number): number {
  const latest = receivedAtMs - pressedAgoMs;
  return pressedBefore === undefined ? latest : Math.min(latest, Date.parse(pressedBefore));
}
