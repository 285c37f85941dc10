/** Formats seconds for a badge, which has room for four letters: "45s", "2m". */
export function badgeText(secondsKept: number): string {
  const seconds = Math.floor(secondsKept);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m`;
}

/** Formats the length of a clip: "2:14". */
export function clipLength(durationSeconds: number): string {
  const seconds = Math.round(durationSeconds);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
