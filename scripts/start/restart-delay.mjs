const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;

/**
 * Returns how long to wait before the next start.
 * @param {number} failures counts deaths in a row that each came soon after a start; 1 for the first
 */
export function restartDelayMs(failures) {
  return Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), MAX_DELAY_MS);
}
