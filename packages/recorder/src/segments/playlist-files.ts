import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  END_LINE,
  formatEntry,
  formatOpenEntry,
  formatPlaylist,
  openEntryLines,
  targetDurationSeconds,
  type PlaylistEntry,
} from './hls-playlist.ts';

const FULL_PLAYLIST = 'full.m3u8';
const LIVE_ENTRIES = 5;
/** What is appended to the full playlist in between is mostly out of date, so it is written anew when it has grown by this much. */
const MAX_APPENDED_CHARS = 32_768;

/**
 * Writes the playlists of one recording: `full.m3u8` (everything that is kept) and `live.m3u8` (the newest few closed
 * segments). Replacing a file costs the file system more than a recording's packets do, so the full one is appended to where
 * that says the same, and the live one is written when somebody asks for what players read.
 */
export class PlaylistFiles {
  private readonly directory: string;
  private entries: PlaylistEntry[] = [];
  private mediaSequence = 0;
  private discontinuitySequence = 0;
  /** The full playlist lists entries up to this one, and its head says this duration; undefined when it must be written anew. */
  private written:
    | { last: PlaylistEntry | undefined; targetSeconds: number; appendedChars: number }
    | undefined;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Adds a closed segment and drops the oldest ones whose files retention has deleted. */
  add(entry: PlaylistEntry): void {
    this.entries.push(entry);
    for (
      let oldest = this.entries[0];
      oldest !== undefined && this.isDeleted(oldest);
      oldest = this.entries[0]
    ) {
      this.entries.shift();
      this.mediaSequence++;
      if (oldest.isDiscontinuity) this.discontinuitySequence++;
    }
  }

  /** Says in the full playlist what is closed by now, and what of the open segment is complete. */
  publish(open: PlaylistEntry | undefined): void {
    const { written, entries } = this;
    const known = written?.last === undefined ? -1 : entries.lastIndexOf(written.last);
    const isHeadTrue = written !== undefined && targetDurationSeconds(entries) <= written.targetSeconds;
    if (!isHeadTrue || written.appendedChars > MAX_APPENDED_CHARS) {
      const text = formatPlaylist(this.header, entries, false);
      this.replace(FULL_PLAYLIST, text + (open === undefined ? '' : formatOpenEntry(open)));
      this.written = {
        last: entries.at(-1),
        targetSeconds: targetDurationSeconds(entries),
        appendedChars: 0,
      };
      return;
    }
    const closed = entries
      .slice(known + 1)
      .map((entry, i) => formatEntry(entry, entries[known + i]?.initFile));
    const text = closed.join('') + (open === undefined ? '' : formatOpenEntry(open));
    appendFileSync(join(this.directory, FULL_PLAYLIST), text);
    written.last = entries.at(-1);
    written.appendedChars += text.length;
  }

  /** Writes both playlists as any player reads them, the full one with the open segment as its last entry. */
  publishForPlayers(open: PlaylistEntry): void {
    this.replace(FULL_PLAYLIST, formatPlaylist(this.header, [...this.entries, open], false));
    this.written = undefined;
    this.writeLive(false);
  }

  /** Writes both playlists for the last time. */
  finish(): void {
    this.replace(FULL_PLAYLIST, formatPlaylist(this.header, this.entries, true));
    this.writeLive(true);
  }

  private get header(): { mediaSequence: number; discontinuitySequence: number } {
    const { mediaSequence, discontinuitySequence } = this;
    return { mediaSequence, discontinuitySequence };
  }

  private isDeleted(entry: PlaylistEntry): boolean {
    return !existsSync(join(this.directory, entry.file));
  }

  private writeLive(isFinal: boolean): void {
    const left = this.entries.slice(0, -LIVE_ENTRIES);
    const header = {
      mediaSequence: this.mediaSequence + left.length,
      discontinuitySequence:
        this.discontinuitySequence + left.filter((entry) => entry.isDiscontinuity).length,
    };
    this.replace('live.m3u8', formatPlaylist(header, this.entries.slice(-LIVE_ENTRIES), isFinal));
  }

  /** Replaces a file in one step, so that no reader and no crash ever sees half a playlist. */
  private replace(name: string, text: string): void {
    const path = join(this.directory, name);
    writeFileSync(`${path}.tmp`, text);
    renameSync(`${path}.tmp`, path);
  }
}

/**
 * Finalises the playlist of a recorder that died without doing so, with what it last said of its open segment as the last
 * entry. It never throws: the playlist may not even exist.
 */
export function closePlaylist(directory: string): void {
  const path = join(directory, FULL_PLAYLIST);
  try {
    const text = readFileSync(path, 'utf8');
    if (text.endsWith(END_LINE)) return;
    // The last line may be one of which only a part was written.
    const open = openEntryLines(text)?.map((line) => `${line}\n`) ?? [];
    appendFileSync(path, `\n${open.join('')}${END_LINE}`);
  } catch {
    // Nothing has been recorded, or the disk is full: what is there stays readable.
  }
}
