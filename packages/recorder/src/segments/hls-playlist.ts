/** An entry lists one segment. Times are in epoch ms and may have fractions. */
export interface PlaylistEntry {
  file: string;
  /** The init segment has this file name; absent for MPEG-TS, which needs none. */
  initFile?: string;
  fromMs: number;
  toMs: number;
  isDiscontinuity: boolean;
  /** Set for the open segment only, whose file may already be longer than its complete bytes. */
  completeBytes?: number;
  /** Pictures are missing from this one's time to the end of the segment, so that it stands still; absent when none is. */
  frozenSinceMs?: number;
}

/** This tag of ours isn't in RFC 8216, which has players ignore what they don't know (6.3.1). */
export const FROZEN_TAG = 'EXT-X-FROZEN-SINCE';

/**
 * This tag of ours has the entry of the open segment as it is now, its lines with tabs between them. The newest one counts,
 * until the segment is listed. So it can be told by an append what would otherwise take a new file each time.
 */
const OPEN_TAG = 'EXT-X-OPEN-SEGMENT';
const OPEN_SEPARATOR = '\t';

export interface PlaylistHeader {
  /** The number of entries that have been dropped from the front so far (EXT-X-MEDIA-SEQUENCE). */
  mediaSequence: number;
  /** The number of dropped entries that were marked as a discontinuity (EXT-X-DISCONTINUITY-SEQUENCE). */
  discontinuitySequence: number;
}

/** The last line of a playlist that won't change any more. */
export const END_LINE = '#EXT-X-ENDLIST\n';

/** Writes the lines of one entry (RFC 8216, 4.3.2), with an EXT-X-MAP when the entry before had another one. */
export function formatEntry(entry: PlaylistEntry, previousInitFile: string | undefined): string {
  const lines: string[] = [];
  if (entry.isDiscontinuity) lines.push('#EXT-X-DISCONTINUITY');
  if (entry.initFile !== undefined && entry.initFile !== previousInitFile)
    lines.push(`#EXT-X-MAP:URI="${entry.initFile}"`);
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(entry.fromMs)).toISOString()}`);
  lines.push(`#EXTINF:${durationSeconds(entry).toFixed(3)},`);
  if (entry.frozenSinceMs !== undefined)
    lines.push(`#${FROZEN_TAG}:${new Date(Math.round(entry.frozenSinceMs)).toISOString()}`);
  if (entry.completeBytes !== undefined) lines.push(`#EXT-X-BYTERANGE:${entry.completeBytes}@0`);
  lines.push(entry.file, '');
  return lines.join('\n');
}

/** Writes the line that says what of the open segment is complete. */
export function formatOpenEntry(entry: PlaylistEntry): string {
  const lines = formatEntry(entry, undefined).trimEnd().split('\n');
  return `#${OPEN_TAG}:${lines.join(OPEN_SEPARATOR)}\n`;
}

/**
 * Returns the lines of the open segment as the newest whole tag of a playlist has them; undefined when there is no such tag, or
 * the segment is listed after it.
 */
export function openEntryLines(playlist: string): string[] | undefined {
  const wholeLines = playlist.slice(0, playlist.lastIndexOf('\n') + 1);
  const start = wholeLines.lastIndexOf(`\n#${OPEN_TAG}:`) + 1;
  if (start === 0) return undefined;
  const end = playlist.indexOf('\n', start);
  const lines = playlist.slice(start + OPEN_TAG.length + 2, end).split(OPEN_SEPARATOR);
  const isListed = playlist
    .slice(end)
    .split('\n')
    .some((line) => line === lines.at(-1));
  return isListed ? undefined : lines;
}

/** Returns the longest duration as a playlist has it: no EXTINF, rounded, may be greater (RFC 8216, 4.3.3.1). */
export function targetDurationSeconds(entries: readonly PlaylistEntry[]): number {
  return Math.round(entries.reduce((longest, entry) => Math.max(longest, durationSeconds(entry)), 1));
}

/** Writes a whole media playlist (RFC 8216, 4.3). `isFinal` adds EXT-X-ENDLIST: nothing will follow. */
export function formatPlaylist(
  header: PlaylistHeader,
  entries: readonly PlaylistEntry[],
  isFinal: boolean,
): string {
  const head = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetDurationSeconds(entries)}`,
    `#EXT-X-MEDIA-SEQUENCE:${header.mediaSequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${header.discontinuitySequence}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    '',
  ].join('\n');
  const body = entries.map((entry, i) => formatEntry(entry, entries[i - 1]?.initFile));
  return head + body.join('') + (isFinal ? END_LINE : '');
}

function durationSeconds(entry: PlaylistEntry): number {
  return (entry.toMs - entry.fromMs) / 1000;
}
