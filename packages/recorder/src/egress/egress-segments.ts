import { parsePlaylist, type PlaylistEntry as ListedSegment } from '../segments/playlist-reader.ts';

/** A published segment in true time, epoch ms. */
export interface EgressSegment {
  file: string;
  fromMs: number;
  toMs: number;
}

/** Less is no picture. */
const LEAST_SEGMENT_MS = 20;

/**
 * The segments of one egress. Its clock is late by 0.7 to 2.4 s, the same throughout a recording: the time of the first entry
 * against that of the first frame says by how much, and until both are known no segment has a time.
 */
export class EgressSegments {
  /** On egress' clock, in order. */
  private listed: ListedSegment[] = [];
  private readonly seen = new Set<string>();
  /** Whose files have been there. */
  private confirmed: ReadonlySet<string> = new Set();
  private firstListedMs: number | null = null;
  private firstFrameMs: number | null = null;
  private cutMs = Number.POSITIVE_INFINITY;
  private droppedCount = 0;

  /** How many segments have been dropped from the front so far. */
  get dropped(): number {
    return this.droppedCount;
  }

  setFirstFrame(ms: number): void {
    this.firstFrameMs ??= ms;
  }

  /**
   * Takes both playlists as they are now, possibly half written. In long recordings `full` is written ever more rarely, while
   * `live` has each new segment at once.
   */
  take({ full, live }: { full: string; live: string }): void {
    const entries = readWhole(full);
    this.firstListedMs ??= entries[0]?.fromMs ?? null;
    for (const entry of [...entries, ...readWhole(live)]) {
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

  /** In true time, oldest first; none until the clock is known. */
  get all(): EgressSegment[] {
    const late = this.lateMs;
    if (late === null) return [];
    return this.listed.flatMap((entry, index) => {
      const fromMs = entry.fromMs - late;
      // The next entry's time is exact, a duration is rounded.
      const nextMs = (this.listed[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY) - late;
      const toMs = Math.min(fromMs + entry.durationMs, nextMs, this.cutMs);
      return toMs - fromMs < LEAST_SEGMENT_MS ? [] : [{ file: entry.uri, fromMs, toMs }];
    });
  }

  /** True end of what is published; null when nothing is. */
  get endMs(): number | null {
    return this.all.at(-1)?.toMs ?? null;
  }

  /** Forgets the oldest ones whose files were there and are gone. Over a network, a file may be listed before it is visible. */
  dropGone(present: ReadonlySet<string>): void {
    const kept = this.listed.findIndex(({ uri }) => present.has(uri) || !this.confirmed.has(uri));
    const gone = kept === -1 ? this.listed.length : kept;
    this.listed = this.listed.slice(gone);
    this.droppedCount += gone;
    this.confirmed = new Set(this.listed.flatMap(({ uri }) => (present.has(uri) ? [uri] : [])));
  }

  /** Nothing after a moment (epoch ms) is part of the recording. */
  cutAt(ms: number): void {
    this.cutMs = ms;
  }

  private get lateMs(): number | null {
    return this.firstListedMs === null || this.firstFrameMs === null
      ? null
      : this.firstListedMs - this.firstFrameMs;
  }
}

/** Egress writes in place: what follows the last line end may be half a line. */
function readWhole(text: string): ListedSegment[] {
  return parsePlaylist(text.slice(0, text.lastIndexOf('\n') + 1));
}
