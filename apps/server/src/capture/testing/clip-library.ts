import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestDatabase } from '@hindsight/db/testing';
import { createPinnedSegments } from '../instant/pinned-segments.ts';
import { registerSoleServer } from '../../cluster/servers.ts';
import { createAppEvents } from '../../events/events.ts';
import { createQuota } from '../../quota/quota.service.ts';
import { createDeletions } from '../../storage/deletions.ts';
import { createLocalStorage } from '../../storage/local-storage.ts';
import { createClipFeed } from '../../clips/clip-feed.ts';
import { createClips } from '../../clips/clips.service.ts';
import { createMember, type Member } from '../../clips/testing/people.ts';
import { createReadyClip } from '../../clips/testing/ready-clip.ts';

export type Library = Awaited<ReturnType<typeof openLibrary>>;

/**
 * Opens the clip feature on a real database and a real directory. The test decides whether a failed clip is still
 * buffered.
 */
export async function openLibrary({ quotaBytes = 1_000_000, events = createAppEvents() } = {}) {
  const database = await openTestDatabase();
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
  return {
    db,
    servers,
    root,
    storage,
    pinned,
    quota,
    deletions,
    events,
    buffer,
    clock,
    feed,
    clips,
    createMember: () => createMember(db),
    createReadyClip: (member: Member, options: Parameters<typeof createReadyClip>[2] = {}) =>
      createReadyClip({ db, storage, quota }, member, options),
    async close() {
      await database.close();
      await rm(root, { recursive: true });
    },
  };
}
