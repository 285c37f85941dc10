import { LEAST_GAIN_DB } from '@hindsight/shared/clips/clip-voices';

/**
 * By how many decibels each source of a mix is made louder than it was sent: voices by their owners' ids, the share by null. Whoever
 * isn't in it stays as loud.
 */
export type GainsDb = ReadonlyMap<string | null, number>;

/** Returns how many times as loud a source is mixed as it was sent. */
export function gainOf(db: number): number {
  return db <= LEAST_GAIN_DB ? 0 : 10 ** (db / 20);
}
