import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { createPinnedSegments } from '../instant/pinned-segments.ts';
import { registerSoleServer } from '../../cluster/servers.ts';
import { createAppEvents, type AppEvents } from '../../events/events.ts';
import { createStreamReads } from '../../events/stream-reads.ts';
import { createQuota } from '../../quota/quota.service.ts';
import { createDeletions } from '../../storage/deletions.ts';
import { createLocalStorage } from '../../storage/local-storage.ts';
import { createClipFeed } from '../../clips/clip-feed.ts';
import { createClips } from '../../clips/clips.service.ts';
import { createTrackDownloads } from '../../clips/track-downloads.ts';
import { downloadLayout } from '../mix/download-layout.ts';
import { SHARE_TRACK } from '../mix/separate-tracks.ts';
import { createMember, type Member } from '../../clips/testing/people.ts';
import { createReadyClip } from '../../clips/testing/ready-clip.ts';

export type Library = Awaited<ReturnType<typeof openLibrary>>;

interface LibraryOptions {
  quotaBytes?: number;
  events?: AppEvents;
  /** It is closed with the library. */
  database?: Pick<Database, 'client' | 'close'>;
}

/**
 * Opens the clip feature on a real database and a real directory. The test decides whether a failed clip is still
 * buffered.
 */
export async function openLibrary(options: LibraryOptions = {}) {
  const { quotaBytes = 1_000_000, events = createAppEvents() } = options;
  const database = options.database ?? (await openTestDatabase());
  const db = database.client;
  const root = await mkdtemp(join(tmpdir(), 'hindsight-library-'));
  const servers = await registerSoleServer(db);
  const storage = createLocalStorage({ root, servers });
  await storage.open();
  const pinned = createPinnedSegments({ bufferDir: join(root, 'replay-buffer') });
  const quota = createQuota({ db, defaultQuotaBytes: quotaBytes });
  const deletions = createDeletions({ db, storage });
  const buffer = { isBuffered: true };
  const feed = createClipFeed({ db, events, canBeMade: async () => buffer.isBuffered });
  const clock = { nowMs: Date.now() };
  const clips = createClips({ db, quota, deletions, feed, now: () => clock.nowMs });
  const trackDownloads = createTrackDownloads({
    ...{ db, storage, shareTrack: SHARE_TRACK, layOut: async (input) => downloadLayout(input) },
    beginning: async () => null,
  });
  return {
    db,
    trackDownloads,
    servers,
    root,
    storage,
    pinned,
    quota,
    deletions,
    events,
    reads: createStreamReads(),
    buffer,
    clock,
    feed,
    clips,
    createMember: () => createMember(db),
    createReadyClip: (member: Member, how: Parameters<typeof createReadyClip>[2] = {}) =>
      createReadyClip({ db, storage, quota }, member, how),
    async close() {
      await database.close();
      await rm(root, { recursive: true });
    },
  };
}
