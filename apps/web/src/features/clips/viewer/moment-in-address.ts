const AS_SECONDS = /^\d{1,6}(\.\d+)?s?$/;
const AS_CLOCK = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2}(?:\.\d+)?)$/;
const AS_WORDS = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6}(?:\.\d+)?)s)?$/;

/** Reads a moment from an address as people write it ("83.5", "1m23s", "1:23"), in ms; null for anything else. */
export function readMoment(text: string | null): number | null {
  if (text === null || text === '') return null;
  if (AS_SECONDS.test(text)) return Math.round(Number.parseFloat(text) * 1000);
  const parts = AS_CLOCK.exec(text) ?? AS_WORDS.exec(text);
  if (parts === null) return null;
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return Math.round(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000);
}

/** Writes a moment for an address, in seconds to the tenth. */
export function writeMoment(ms: number): string {
  return String(Math.round(ms / 100) / 10);
}
