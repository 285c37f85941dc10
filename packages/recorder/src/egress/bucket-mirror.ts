import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePlaylist } from '../segments/playlist-reader.ts';
import { EGRESS_PLAYLISTS } from './egress-request.ts';
import type { SegmentBucket } from './segment-bucket.ts';

/** A segment is uploaded before it is listed. One that still doesn't appear after this long is given up. */
const MISSING_MS = 15_000;

export interface BucketMirrorOptions {
  bucket: Pick<SegmentBucket, 'read' | 'remove' | 'list'>;
  /** The folder of the recording's objects in the bucket, without a slash at its end. */
  folder: string;
  /** The local directory that the objects are brought to. */
  directory: string;
  missingMs?: number;
}

/**
 * Brings what an egress uploads into a recording's folder, as if it had been written there: first the segments, then the
 * playlists that list them. Whatever has arrived is removed from the bucket, so the bucket only contains what is on its way,
 * and retention limits the folder as usual.
 */
export class BucketMirror {
  private readonly options: BucketMirrorOptions;
  private readonly settled = new Set<string>();
  private readonly missingSinceMs = new Map<string, number>();
  private readonly toRemove = new Set<string>();
  private isFirstPull = true;
  private written = { full: '', live: '' };

  constructor(options: BucketMirrorOptions) {
    this.options = options;
  }

  /**
   * Brings what is new.
   * @param isThorough whether to read the full playlist even when nothing new is expected; it is large in long recordings
   * @throws what the bucket or the file system throws; what has been brought stays, and the next call goes on
   */
  async pull(isThorough = false): Promise<void> {
    const live = await this.text(EGRESS_PLAYLISTS.live);
    const isSame = live === this.written.live && (live === '' || this.written.full !== '');
    if (isSame && !isThorough) return this.removeSettled();
    const full = await this.text(EGRESS_PLAYLISTS.full);
    if (isSame && full === this.written.full) return this.removeSettled();
    const listed = [...parsePlaylist(wholeLines(full)), ...parsePlaylist(wholeLines(live))]
      .toSorted((a, b) => a.fromMs - b.fromMs)
      .map(({ uri }) => uri);
    if (this.isFirstPull) await this.skipOld(listed);
    this.isFirstPull = false;
    let isComplete = true;
    // Segments are brought one at a time, so that only one is in memory, however many have piled up.
    for (const name of listed) {
      if (this.settled.has(name)) continue;
      if (!(await this.bring(name))) isComplete = false;
    }
    if (isComplete) {
      await this.write(EGRESS_PLAYLISTS.full, Buffer.from(full));
      await this.write(EGRESS_PLAYLISTS.live, Buffer.from(live));
      this.written = { full, live };
    }
    await this.removeSettled();
  }

  /** Removes everything that is left of the recording from the bucket. To be called when the recording is over. */
  async clear(): Promise<void> {
    for (const key of await this.options.bucket.list(this.options.folder))
      await this.options.bucket.remove(key);
    this.toRemove.clear();
  }

  /**
   * Skips old segments of a resumed recording: those older than the newest one here were here before, and retention has
   * deleted them.
   */
  private async skipOld(listed: readonly string[]): Promise<void> {
    const here = new Set(await readdir(this.options.directory));
    const newest = listed.findLastIndex((name) => here.has(name));
    for (const name of listed.slice(0, newest + 1)) this.settle(name);
  }

  /** Brings one segment. @returns false when the segment has to be waited for */
  private async bring(name: string): Promise<boolean> {
    const { bucket, missingMs = MISSING_MS } = this.options;
    const bytes = await bucket.read(this.keyOf(name));
    if (bytes === null) {
      const sinceMs = this.missingSinceMs.get(name) ?? Date.now();
      this.missingSinceMs.set(name, sinceMs);
      if (Date.now() - sinceMs < missingMs) return false;
    } else {
      await this.write(name, bytes);
    }
    this.settle(name);
    return true;
  }

  private settle(name: string): void {
    this.settled.add(name);
    this.missingSinceMs.delete(name);
    this.toRemove.add(name);
  }

  private async removeSettled(): Promise<void> {
    for (const name of this.toRemove) {
      await this.options.bucket.remove(this.keyOf(name));
      this.toRemove.delete(name);
    }
  }

  private async text(name: string): Promise<string> {
    return (await this.options.bucket.read(this.keyOf(name)))?.toString('utf8') ?? '';
  }

  /** Writes a file in one step, so that a segment that is here is complete. */
  private async write(name: string, bytes: Buffer): Promise<void> {
    const path = join(this.options.directory, name);
    await writeFile(`${path}.tmp`, bytes);
    await rename(`${path}.tmp`, path);
  }

  private keyOf(name: string): string {
    return `${this.options.folder}/${name}`;
  }
}

/** Returns the whole lines of a text: after the last line end may be half a line. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}
