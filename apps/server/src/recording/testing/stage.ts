import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import type { Action } from '@hindsight/shared/community/permissions';
import type { StartInput } from '@hindsight/shared/replay/replay';
import { MINUTE } from '@hindsight/shared/units';
import { expect } from 'vitest';
import { createDiskGuard } from '../../storage/disk-guard.ts';
import type { Timeline } from '../../buffer/piece.ts';
import { createSessionBuffers } from '../../buffer/session-buffers.ts';
import { createTimelineService } from '../../buffer/timeline.service.ts';
import { createServerCalls } from '../../cluster/server-calls.ts';
import { createAccess } from '../../access/access.service.ts';
import { createMembershipChecks } from '../../access/membership-checks.ts';
import { createAppEvents, type AppEvents } from '../../events/events.ts';
import { createStreamReads } from '../../events/stream-reads.ts';
import { createLog } from '../../log.ts';
import type { SignedInUser } from '../../trpc/trpc.ts';
import { createRecording, type RecordingDeps } from '../recording.ts';
import { FakeLiveKit } from './fake-livekit.ts';
import { FakeRecorder } from './fake-recorder.ts';

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** A sharer is a person with a share in a channel that may be recorded. */
export interface Sharer {
  user: SignedInUser;
  input: StartInput;
}

const RESUME_DELAYS_MS = [0, 20, 50, 100, 200, 400, 1000, 2000, 4000];
const ROOM_POLL_MS = 50;
const BLOCK_BYTES = 4096;
const BLOCKS = 1_000_000;

/**
 * Sets up recording on a real database and a real buffer folder, with a recorder and a LiveKit that tests control.
 * @param options `database` is closed with the stage
 */
export async function openStage(options: { database?: Pick<Database, 'client' | 'close'> } = {}) {
  const database = options.database ?? (await openTestDatabase());
  const db = database.client;
  const bufferDir = await mkdtemp(join(tmpdir(), 'hindsight-recording-'));
  const buffer = { dir: bufferDir, windowMs: 10 * MINUTE, keepMs: 12 * MINUTE, graceMs: 10 * MINUTE };
  const events = createAppEvents();
  const timeline = createTimelineService({
    db,
    buffers: createSessionBuffers({ bufferDir }),
    policy: buffer,
  });
  const access = createAccess({ db });
  const reads = createStreamReads();
  const memberships = createMembershipChecks({ db, reads });
  const livekit = new FakeLiveKit();
  const diskState = { freeBlocks: BLOCKS };
  const disk = createDiskGuard({
    path: bufferDir,
    floorBytes: 1000,
    statfs: async () => ({ bsize: BLOCK_BYTES, blocks: BLOCKS, bavail: diskState.freeBlocks }),
  });
  const log = createLog({ level: 'silent' });

  /** These are the ids of all live servers. */
  const liveIds = new Set<string>();

  /** Each entry is what somebody was shown as ready to capture. */
  const shown: Timeline[] = [];

  function createRecordingWith(
    tools: Pick<RecordingDeps, 'recorder' | 'livekit' | 'resumeDelaysMs' | 'roomPollMs' | 'settleMs'>,
    own = events,
  ) {
    const servers = { id: randomUUID(), liveIds: async () => [...liveIds], isLeader: () => true };
    liveIds.add(servers.id);
    const calls = createServerCalls({ events: own, servers, log });
    const readAhead = (pieces: Timeline) => void shown.push(pieces);
    const common = { db, access, reads, memberships, timeline, readAhead, disk, buffer, log };
    return {
      serverId: servers.id,
      servers,
      calls,
      ...createRecording({ ...common, events: own, servers, calls, ...tools }),
    };
  }

  /**
   * Starts a process of the server, with its own recorder and memory, on the same database, LiveKit and disk.
   * @param beside events of its own, for a server that runs beside the others; without it, the earlier processes are dead
   * @param resumeDelaysMs it waits so long before each attempt to resume a share
   */
  function startProcess(beside?: AppEvents, resumeDelaysMs = RESUME_DELAYS_MS) {
    if (beside === undefined) liveIds.clear();
    const recorder = new FakeRecorder();
    return {
      recorder,
      recording: createRecordingWith(
        { recorder, livekit, resumeDelaysMs, roomPollMs: ROOM_POLL_MS, settleMs: 100 },
        beside,
      ),
    };
  }

  /** Marks a process as dead, as the other servers see it. */
  function markDead({ recorder, recording }: ReturnType<typeof startProcess>): void {
    recorder.loseAll();
    liveIds.delete(recording.serverId);
  }

  async function createCommunity(config: { enabled?: boolean; maxConcurrent?: number } = {}) {
    const community = await db.community.create({
      data: {
        name: 'Home',
        replayConfig: { create: config },
        channels: { create: [{ name: 'Lounge', kind: 'VOICE' }] },
      },
      include: { channels: true },
    });
    const [channel] = community.channels;
    if (channel === undefined) throw new Error('the community was made with a channel');
    return { id: community.id, channelId: channel.id };
  }

  async function createUser(
    communityId: string | null,
    actions: Action[] = ['ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY'],
  ): Promise<SignedInUser> {
    const username = `user-${randomUUID()}`;
    const { id } = await db.user.create({ data: { username, usernameKey: username, passwordHash: '' } });
    if (communityId !== null) {
      await db.communityMember.create({ data: { communityId, userId: id } });
      const role = await db.role.create({ data: { communityId, name: username, actions } });
      await db.memberRole.create({ data: { communityId, userId: id, roleId: role.id } });
    }
    return { id, username, isInstanceAdmin: false };
  }

  /** Makes a member of the community who shares their screen, with sound, in its channel. */
  async function createSharer(community: { id: string; channelId: string }): Promise<Sharer> {
    const user = await createUser(community.id);
    return { user, input: share(user, community.channelId) };
  }

  /** Lets a user publish a screen share, instead of what they published before. */
  function share(user: SignedInUser, channelId: string): StartInput {
    const videoTrackSid = `TR_VS${randomUUID().slice(0, 8)}`;
    const audioTrackSid = `TR_AS${randomUUID().slice(0, 8)}`;
    livekit.publish(channelId, user.id, { screen: videoTrackSid, screenAudio: audioTrackSid });
    return { channelId, videoTrackSid, audioTrackSid, quality: '720p' };
  }

  /** Makes a sharer whose share a process is recording. */
  async function createRecordedSharer({ recorder, recording }: ReturnType<typeof startProcess>) {
    const sharer = await createSharer(await createCommunity());
    const { id } = await recording.sessions.start(sharer.user, sharer.input);
    recorder.started(id, Date.now());
    await expect
      .poll(() => db.egressSession.findUnique({ where: { id } }))
      .toMatchObject({ status: 'ACTIVE' });
    return { ...sharer, id };
  }

  /** Lists a user's sessions, oldest first. */
  function sessionsOf({ id: userId }: SignedInUser) {
    return db.egressSession.findMany({ where: { userId }, orderBy: { createdAt: 'asc' } });
  }

  /** Lists the status and end reason of a user's sessions. */
  async function statesOf(user: SignedInUser) {
    return (await sessionsOf(user)).map(({ status, endReason }) => [status, endReason]);
  }

  return {
    db,
    bufferDir,
    events,
    timeline,
    shown,
    livekit,
    disk,
    diskState,
    buffer,
    createRecordingWith,
    startProcess,
    markDead,
    liveIds,
    createCommunity,
    createUser,
    createSharer,
    createRecordedSharer,
    sessionsOf,
    statesOf,
    share,
    async close() {
      await database.close();
      await rm(bufferDir, { recursive: true });
    },
  };
}
