import { z } from 'zod';
import { SECOND } from '../units.ts';

/** A press may be this old: a click queued in a frozen tab is still accepted, a forged age is not. */
export const MAX_PRESSED_AGO_MS = 30 * SECOND;

/** This is the delay between a press and the call that it caused, in milliseconds of the client's monotonic clock. */
export const pressedAgoSchema = z.number().min(0).max(MAX_PRESSED_AGO_MS);
