/** Durations are in milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Sizes are in bytes. */
export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;

/**
 * Turns a database BigInt into a number that JSON and arithmetic can hold exactly.
 * @throws RangeError when the value is outside the safe integers (over 9 PB: a broken row, never a real size)
 */
export function toSafeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is outside the safe integer range`);
  return number;
}
