import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { formatPlaylist } from '../segments/hls-playlist.ts';
import { EGRESS_PLAYLISTS } from './egress-request.ts';
import type { BucketMirror } from './bucket-mirror.ts';
import type { EgressSegment, EgressSegments } from './egress-segments.ts';

const LIVE_ENTRIES = 5;
/** Egress is another program under another user: they need a group in common. */
const SHARED_MODE = 0o775;

/** The directory of one recording, which egress writes into and we publish from. Never blocks: it may be on NFS. */
export class EgressFiles {
  private readonly directory: string;
  private readonly mirror: Pick<BucketMirror, 'pull' | 'clear'> | undefined;
  private lastLook = '';
  private trouble: Error | undefined;

  /** @param mirror brings what egress uploads elsewhere */
  constructor(directory: string, mirror?: Pick<BucketMirror, 'pull' | 'clear'>) {
    this.directory = directory;
    this.mirror = mirror;
  }

  /** Why egress' files can't be brought here now; undefined when they are. */
  get bucketTrouble(): Error | undefined {
    return this.trouble;
  }

  async create(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await chmod(this.directory, SHARED_MODE);
  }

  /** Egress' playlists; null when nothing has been written since the last call. */
  async changed(): Promise<{ full: string; live: string } | null> {
    await this.pull();
    const [fullPath, livePath] = [this.path(EGRESS_PLAYLISTS.full), this.path(EGRESS_PLAYLISTS.live)];
    // Before they are read: what is written meanwhile is then seen by the next look.
    const look = (await Promise.all([versionOf(fullPath), versionOf(livePath)])).join(' ');
    if (look === this.lastLook) return null;
    const playlists = await this.read();
    this.lastLook = look;
    return playlists;
  }

  /** The same though nothing has been written since. */
  async reread(): Promise<{ full: string; live: string }> {
    await this.pull(true);
    return this.read();
  }

  /** Nothing more comes. */
  async finish(): Promise<void> {
    await this.mirror?.clear();
  }

  /** A bucket that is away is no reason not to look at all else. */
  private async pull(isThorough = false): Promise<void> {
    this.trouble = await this.mirror?.pull(isThorough).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error('the bucket failed', { cause: error })),
    );
  }

  /** Egress' playlists as they are here, empty where there is none. */
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

  /** In one step, so that no reader and no crash ever sees half a playlist. */
  private async replace(name: string, text: string): Promise<void> {
    const path = this.path(name);
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  }
}

/** Changes with every write. */
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
