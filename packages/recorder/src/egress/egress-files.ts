import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { formatPlaylist } from '../segments/hls-playlist.ts';
import { EGRESS_PLAYLISTS } from './egress-request.ts';
import type { BucketMirror } from './bucket-mirror.ts';
import type { EgressSegment, EgressSegments } from './egress-segments.ts';

const LIVE_ENTRIES = 5;
/** Egress runs as another user, so the directory must be writable for a common group. */
const SHARED_MODE = 0o775;

/**
 * The directory of one recording, which egress writes into and we publish from. All calls are asynchronous, because it may be
 * on NFS.
 */
export class EgressFiles {
  private readonly directory: string;
  private readonly mirror: Pick<BucketMirror, 'pull' | 'clear'> | undefined;
  private lastVersions = '';
  private pullError: Error | undefined;

  /** Opens the directory of a recording. @param mirror brings what egress uploads to a bucket instead of writing it here */
  constructor(directory: string, mirror?: Pick<BucketMirror, 'pull' | 'clear'>) {
    this.directory = directory;
    this.mirror = mirror;
  }

  /** The error for which egress' files can't be brought here now; undefined when they can. */
  get bucketError(): Error | undefined {
    return this.pullError;
  }

  async create(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await chmod(this.directory, SHARED_MODE);
  }

  /** Reads egress' playlists. Returns null when nothing has been written since the last call. */
  async readIfChanged(): Promise<{ full: string; live: string } | null> {
    await this.pull();
    const [fullPath, livePath] = [this.path(EGRESS_PLAYLISTS.full), this.path(EGRESS_PLAYLISTS.live)];
    // The versions are taken before the playlists are read, so that the next call sees what is written meanwhile.
    const versions = (await Promise.all([versionOf(fullPath), versionOf(livePath)])).join(' ');
    if (versions === this.lastVersions) return null;
    const playlists = await this.read();
    this.lastVersions = versions;
    return playlists;
  }

  /** Reads egress' playlists even if nothing has been written since the last call. */
  async reread(): Promise<{ full: string; live: string }> {
    await this.pull(true);
    return this.read();
  }

  /** Cleans up when nothing more comes. */
  async finish(): Promise<void> {
    await this.mirror?.clear();
  }

  /** Brings new files from the bucket. Its errors are kept instead of thrown, because everything else must go on. */
  private async pull(isThorough = false): Promise<void> {
    this.pullError = await this.mirror?.pull(isThorough).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error('the bucket failed', { cause: error })),
    );
  }

  /** Reads egress' playlists as they are here; a missing one is empty. */
  private async read(): Promise<{ full: string; live: string }> {
    const [full, live] = await Promise.all([
      readOrEmpty(this.path(EGRESS_PLAYLISTS.full)),
      readOrEmpty(this.path(EGRESS_PLAYLISTS.live)),
    ]);
    return { full, live };
  }

  async names(): Promise<Set<string>> {
    return new Set(await orIfMissing(readdir(this.directory), []));
  }

  async sizeOf({ file }: EgressSegment): Promise<number> {
    return orIfMissing(
      stat(this.path(file)).then(({ size }) => size),
      0,
    );
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Writes `full.m3u8` and `live.m3u8` in true time. */
  async publish(segments: EgressSegments, isFinal: boolean): Promise<void> {
    const entries = segments.all.map((segment) => ({ ...segment, isDiscontinuity: false }));
    const live = entries.slice(-LIVE_ENTRIES);
    const header = (mediaSequence: number) => ({ mediaSequence, discontinuitySequence: 0 });
    const { dropped } = segments;
    await this.replace('full.m3u8', formatPlaylist(header(dropped), entries, isFinal));
    const left = entries.length - live.length;
    await this.replace('live.m3u8', formatPlaylist(header(dropped + left), live, isFinal));
  }

  /** Replaces a file in one step, so that no reader and no crash ever sees half a playlist. */
  private async replace(name: string, text: string): Promise<void> {
    const path = this.path(name);
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  }
}

/** Returns a text that changes with every write of the file. */
async function versionOf(path: string): Promise<string> {
  return orIfMissing(
    stat(path).then(({ mtimeMs, size, ino }) => `${ino}/${size}/${mtimeMs}`),
    '-',
  );
}

function readOrEmpty(path: string): Promise<string> {
  return orIfMissing(readFile(path, 'utf8'), '');
}

async function orIfMissing<T>(work: Promise<T>, ifMissing: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return ifMissing;
    throw error;
  }
}
