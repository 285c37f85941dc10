import { parsePlaylist, type PlaylistEntry as ListedSegment } from '../segments/playlist-reader.ts';

/** This is a published segment. Its times are true times, in epoch ms. */
export interface EgressSegment {
  file: string;
  fromMs: number;
  toMs: number;
}

/** A shorter segment has no picture. */
const MIN_SEGMENT_MS = 20;

/**
 * Keeps the segments of one egress. The clock of its playlists is late by 0.7 to 2.4 s, the same throughout a recording. The
 * time of the first entry minus that of the first frame tells by how much; until both are known, no segment has a time.
 */
export class EgressSegments {
  /** The listed segments are in order and have times of egress' clock. */
  private listed: ListedSegment[] = [];
  private readonly seen = new Set<string>();
  /** The segments whose files have been seen. */
  private confirmed: ReadonlySet<string> = new Set();
  private firstListedMs: number | null = null;
  private firstFrameMs: number | null = null;
  private cutMs = Number.POSITIVE_INFINITY;
  private droppedCount = 0;

  /** The number of segments that have been dropped from the front so far. */
  get dropped(): number {
    return this.droppedCount;
  }

  setFirstFrame(ms: number): void {
    this.firstFrameMs ??= ms;
  }

  /**
   * Takes both playlists as they are now, possibly half written. In long recordings `full` is written ever more rarely, while
   * `live` lists each new segment at once.
   */
  take({ full, live }: { full: string; live: string }): void {
    const entries = readWholeLines(full);
    this.firstListedMs ??= entries[0]?.fromMs ?? null;
    for (const entry of [...entries, ...readWholeLines(live)]) {
      if (this.seen.has(entry.uri)) continue;
      this.seen.add(entry.uri);
      this.listed.push(entry);
    }
    this.listed.sort((a, b) => a.fromMs - b.fromMs);
  }

  /** Whether there are segments that have no time yet. */
  get isClockMissing(): boolean {
    return this.listed.length > 0 && this.lateMs === null;
  }

  /** Returns the segments in true time, oldest first; none until the clock is known. */
  get all(): EgressSegment[] {
    const late = this.lateMs;
    if (late === null) return [];
    return this.listed.flatMap((entry, index) => {
      const fromMs = entry.fromMs - late;
      // The time of the next entry is exact, while a duration is rounded.
      const nextMs = (this.listed[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY) - late;
      const toMs = Math.min(fromMs + entry.durationMs, nextMs, this.cutMs);
      return toMs - fromMs < MIN_SEGMENT_MS ? [] : [{ file: entry.uri, fromMs, toMs }];
    });
  }

  /** The true time at which the published segments end; null when there are none. */
  get endMs(): number | null {
    return this.all.at(-1)?.toMs ?? null;
  }

  /**
   * Drops the oldest segments whose files were seen and are gone. A file that was never seen stays: over a network, it may be
   * listed before it is visible.
   */
  dropDeleted(present: ReadonlySet<string>): void {
    const kept = this.listed.findIndex(({ uri }) => present.has(uri) || !this.confirmed.has(uri));
    const gone = kept === -1 ? this.listed.length : kept;
    this.listed = this.listed.slice(gone);
    this.droppedCount += gone;
    this.confirmed = new Set(this.listed.flatMap(({ uri }) => (present.has(uri) ? [uri] : [])));
  }

  /** Ends the recording at a moment (epoch ms): nothing after it counts. */
  cutAt(ms: number): void {
    this.cutMs = ms;
  }

  private get lateMs(): number | null {
    return this.firstListedMs === null || this.firstFrameMs === null
      ? null
      : this.firstListedMs - this.firstFrameMs;
  }
}

/** Reads the whole lines of a playlist. Egress writes in place, so after the last line end may be half a line. */
function readWholeLines(text: string): ListedSegment[] {
  return parsePlaylist(text.slice(0, text.lastIndexOf('\n') + 1));
}
