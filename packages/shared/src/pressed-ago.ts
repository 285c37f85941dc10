import { z } from 'zod';
import { SECOND } from './units.ts';

/** How long ago the press may have happened: a click queued in a frozen tab is still honoured, a forged one is not. */
export const MAX_PRESSED_AGO_MS = 30 * SECOND;

/** Milliseconds between a press and the call that it made, by the client's monotonic clock. */
export const pressedAgoSchema = z.number().min(0).max(MAX_PRESSED_AGO_MS);
