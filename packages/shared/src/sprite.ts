import { SECOND } from './units.ts';

const COLUMNS = 10;
const MAX_PICTURES = 60;
/** Nobody scrubs finer than this over a small picture. */
const LEAST_STEP_MS = SECOND / 2;

/** How the small pictures of a clip lie in its sprite: at most sixty, and no more than two a second. */
export function spriteLayout(durationMs: number): { columns: number; rows: number; count: number } {
  const count = Math.min(MAX_PICTURES, Math.max(1, Math.floor(durationMs / LEAST_STEP_MS)));
  const columns = Math.min(COLUMNS, count);
  return { columns, rows: Math.ceil(count / columns), count };
}
