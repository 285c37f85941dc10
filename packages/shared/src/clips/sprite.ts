import { SECOND } from '../units.ts';

const COLUMNS = 10;
const MAX_PICTURES = 60;
/** Two pictures of a sprite are at least this far apart, because nobody scrubs finer over small pictures. */
const LEAST_STEP_MS = SECOND / 2;

/** Returns how a clip's small pictures are laid out in its sprite: at most sixty, and no more than two a second. */
export function spriteLayout(durationMs: number): { columns: number; rows: number; count: number } {
  const count = Math.min(MAX_PICTURES, Math.max(1, Math.floor(durationMs / LEAST_STEP_MS)));
  const columns = Math.min(COLUMNS, count);
  return { columns, rows: Math.ceil(count / columns), count };
}
