import { FROZEN_TAG, openEntryLines } from './hls-playlist.ts';

/** This is one segment as a media playlist lists it. */
export interface PlaylistEntry {
  /** The segment has this file name, in the folder of the playlist. */
  uri: string;
  /** Its init segment (EXT-X-MAP) has this file name; null for MPEG-TS. */
  initUri: string | null;
  /** Its first frame has this time, in epoch ms. */
  fromMs: number;
  durationMs: number;
  /** This many bytes are complete in a segment that is still being written; null means the whole file. */
  completeBytes: number | null;
  isDiscontinuity: boolean;
  /** Pictures are missing from this time on, in epoch ms, so that the last one stands still; undefined when none is known to be. */
  frozenSinceMs?: number;
}

const TAG = /^#(EXT[A-Z0-9-]*)(?::(.*))?$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(?:(Z)|([+-]\d\d):?(\d\d))$/;
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * Reads the usable entries of a media playlist (RFC 8216) and never fails: recorders write in place, processes die while they
 * write, and one bad line must not hide the good ones. An entry is left out when its name is not a plain file name, its
 * duration is unreadable or its time is unknown; a missing time continues the entry before it.
 *
 * This is our own code because the parsers at hand reject a playlist as a whole.
 */
export function parsePlaylist(text: string): PlaylistEntry[] {
  const entries: PlaylistEntry[] = [];
  /** Undefined after an EXT-X-MAP that can't be read: segments after it must not be joined to an older init segment. */
  let initUri: string | null | undefined = null;
  let nextFromMs: number | undefined;
  let tags: SegmentTags = { isDiscontinuity: false };

  for (const rawLine of [...text.split('\n'), ...(openEntryLines(text) ?? [])]) {
    const line = rawLine.trim();
    const [, tag, value = ''] = TAG.exec(line) ?? [];
    if (tag === 'EXTINF') tags.durationMs = parseDurationMs(value);
    else if (tag === 'EXT-X-PROGRAM-DATE-TIME') tags.fromMs = parseDateTimeMs(value);
    else if (tag === FROZEN_TAG) tags.frozenSinceMs = parseDateTimeMs(value);
    else if (tag === 'EXT-X-BYTERANGE') tags.completeBytes = parseCompleteBytes(value);
    else if (tag === 'EXT-X-DISCONTINUITY') tags.isDiscontinuity = true;
    else if (tag === 'EXT-X-MAP') initUri = parseMapUri(value);
    else if (line !== '' && !line.startsWith('#')) {
      const entry = toEntry(line, initUri, tags, nextFromMs);
      if (entry !== null) entries.push(entry);
      nextFromMs = entry === null ? undefined : entry.fromMs + entry.durationMs;
      // The entry after a lost one doesn't continue the one before it.
      tags = { isDiscontinuity: entry === null };
    }
  }
  return entries;
}

/** These are the tags before a URI; undefined for those that are absent or can't be read. */
interface SegmentTags {
  fromMs?: number | undefined;
  durationMs?: number | undefined;
  frozenSinceMs?: number | undefined;
  completeBytes?: number | 'unreadable';
  isDiscontinuity: boolean;
}

function toEntry(
  uri: string,
  initUri: string | null | undefined,
  tags: SegmentTags,
  nextFromMs: number | undefined,
): PlaylistEntry | null {
  const { durationMs, completeBytes = null, isDiscontinuity } = tags;
  const fromMs = tags.fromMs ?? (isDiscontinuity ? undefined : nextFromMs);
  if (!FILE_NAME.test(uri) || initUri === undefined || completeBytes === 'unreadable') return null;
  if (fromMs === undefined || durationMs === undefined) return null;
  const frozen = tags.frozenSinceMs === undefined ? {} : { frozenSinceMs: tags.frozenSinceMs };
  return { uri, initUri, fromMs, durationMs, completeBytes, isDiscontinuity, ...frozen };
}

function parseDurationMs(value: string): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)(?:,|$)/.exec(value)?.[1];
  const durationMs = Math.round(Number(seconds) * 1000);
  return durationMs > 0 ? durationMs : undefined;
}

/** Reads a date and time. Writers drop trailing zeros of the fraction, even all of it, and differ in how they write offsets. */
function parseDateTimeMs(value: string): number | undefined {
  const [, time, utc, hours, minutes] = DATE_TIME.exec(value.trim()) ?? [];
  if (time === undefined) return undefined;
  const ms = Date.parse(utc === undefined ? `${time}${hours}:${minutes}` : `${time}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * Reads a byte range. Only ranges from the start of a file are of use: they say how many bytes of an open segment are
 * complete.
 */
function parseCompleteBytes(value: string): number | 'unreadable' {
  const length = /^(\d+)(?:@0)?$/.exec(value.trim())?.[1];
  return length === undefined ? 'unreadable' : Number(length);
}

function parseMapUri(value: string): string | undefined {
  const uri = /(?:^|,)URI="([^"]*)"/.exec(value)?.[1];
  return uri !== undefined && FILE_NAME.test(uri) ? uri : undefined;
}
