import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { END_LINE, formatPlaylist, type PlaylistEntry } from './hls-playlist.ts';

const FULL_PLAYLIST = 'full.m3u8';
const LIVE_ENTRIES = 5;

/**
 * Writes the playlists of one recording: `full.m3u8` (everything that is kept) and `live.m3u8` (the newest few closed
 * segments).
 */
export class PlaylistFiles {
  private readonly directory: string;
  private entries: PlaylistEntry[] = [];
  private mediaSequence = 0;
  private discontinuitySequence = 0;

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
    this.writeLive(false);
  }

  /** Writes the full playlist, with the open segment as its last entry. */
  publish(open: PlaylistEntry | undefined): void {
    this.writeFull(open === undefined ? this.entries : [...this.entries, open], false);
  }

  /** Writes both playlists for the last time. */
  finish(): void {
    this.writeFull(this.entries, true);
    this.writeLive(true);
  }

  private isDeleted(entry: PlaylistEntry): boolean {
    return !existsSync(join(this.directory, entry.file));
  }

  private writeFull(entries: readonly PlaylistEntry[], isFinal: boolean): void {
    const { mediaSequence, discontinuitySequence } = this;
    this.replace(FULL_PLAYLIST, formatPlaylist({ mediaSequence, discontinuitySequence }, entries, isFinal));
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

/** Finalises the playlist of a recorder that died without doing so. It never throws: the playlist may not even exist. */
export function closePlaylist(directory: string): void {
  const path = join(directory, FULL_PLAYLIST);
  try {
    if (!readFileSync(path, 'utf8').endsWith(END_LINE)) appendFileSync(path, END_LINE);
  } catch {
    // Nothing has been recorded, or the disk is full: what is there stays readable.
  }
}
