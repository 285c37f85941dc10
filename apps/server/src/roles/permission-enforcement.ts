import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import { allowedActions, type Action } from '@hindsight/shared/community/permissions';
import { TrackSource, type ParticipantInfo, type WebhookEvent } from 'livekit-server-sdk';
import type { Log } from '../log.ts';
import type { Recording } from '../recording/recording.ts';
import { RUNNING } from '../recording/session-slots.ts';
import type { LiveKit } from '../voice/livekit.ts';

export type PermissionEnforcement = ReturnType<typeof createPermissionEnforcement>;

/**
 * Keeps what happens in voice channels within people's current permissions. Permissions are checked at a join or a start,
 * but a LiveKit token and a running recording outlive a lost role or membership.
 */
export function createPermissionEnforcement({
  db,
  recording,
  livekit,
  log,
}: {
  db: PrismaClient;
  recording: Pick<Recording, 'end'>;
  livekit: Pick<LiveKit, 'participants' | 'readToken' | 'removeParticipant' | 'rooms' | 'setMayShare'>;
  log: Log;
}) {
  /** Returns what each of these people may do in a community; nothing for those who aren't members. */
  async function actionsOf(communityId: string, userIds: string[]): Promise<(userId: string) => Action[]> {
    const members = await db.communityMember.findMany({
      where: { communityId, userId: { in: userIds } },
      select: {
        userId: true,
        user: { select: { isInstanceAdmin: true } },
        roles: { select: { role: { select: { actions: true } } } },
      },
    });
    const actions = new Map(
      members.map(({ userId, user, roles }) => [
        userId,
        allowedActions({ ...user, roles: roles.map(({ role }) => role) }),
      ]),
    );
    return (userId) => actions.get(userId) ?? [];
  }

  /** Ends the recordings that could no longer be started. The community's limit is not checked: it only applies to starts. */
  async function enforceInRecordings(communityId: string): Promise<void> {
    const [config, running] = await Promise.all([
      db.communityReplayConfig.findUnique({ where: { communityId }, select: { enabled: true } }),
      db.egressSession.findMany({ where: { communityId, status: RUNNING }, select: { userId: true } }),
    ]);
    const userIds = running.map(({ userId }) => userId);
    const actions = await actionsOf(communityId, userIds);
    const isOff = config !== null && !config.enabled;
    const ended = userIds.filter((id) => isOff || !actions(id).includes('ENABLE_REPLAY_BUFFER'));
    if (ended.length > 0) await recording.end({ communityId, userId: { in: ended } }, 'STOPPED_BY_ADMIN');
  }

  /**
   * Disconnects people who may not connect, and sets whether the others may share. Participants that are not users, such
   * as recorders, are ignored.
   */
  async function enforceInRoom(room: string, communityId: string): Promise<void> {
    const people = (await livekit.participants(room)).filter(
      ({ identity }) => idSchema.safeParse(identity).success,
    );
    const actions = await actionsOf(
      communityId,
      people.map(({ identity }) => identity),
    );
    for (const person of people) {
      const may = actions(person.identity);
      if (!may.includes('CONNECT')) {
        await livekit.removeParticipant(room, person.identity);
        log.info(
          { room, userId: person.identity },
          'somebody without the permission was disconnected from a voice channel',
        );
      } else if (mayShareNow(person) !== may.includes('SHARE_SCREEN')) {
        await livekit.setMayShare(room, person.identity, may.includes('SHARE_SCREEN'));
      }
    }
  }

  /** Lists our channels that somebody is in. The same LiveKit may serve other apps as well. */
  async function openChannels(communityId?: string): Promise<{ id: string; communityId: string }[]> {
    const ids = (await livekit.rooms())
      .map(({ name }) => name)
      .filter((name) => idSchema.safeParse(name).success);
    return db.channel.findMany({
      where: { id: { in: ids }, ...(communityId === undefined ? {} : { communityId }) },
      select: { id: true, communityId: true },
    });
  }

  return {
    /**
     * Tells whether a token of LiveKit may still be used to open its signalling, which shows who is in the room. It outlives a
     * lost role or membership, and so do those that LiveKit gives to connected participants. What isn't a token of ours for a
     * user is left to LiveKit.
     */
    async maySignal(token: string): Promise<boolean> {
      const grant = await livekit.readToken(token);
      if (grant === null || !idSchema.safeParse(grant.identity).success) return true;
      if (!idSchema.safeParse(grant.room).success) return true;
      const channel = await db.channel.findUnique({
        where: { id: grant.room },
        select: { communityId: true },
      });
      if (channel === null) return false;
      const actions = await actionsOf(channel.communityId, [grant.identity]);
      return actions(grant.identity).includes('CONNECT');
    },

    /**
     * Enforces permissions after roles, memberships or settings of a community have changed. It never fails because of
     * LiveKit: `sweep` tries again.
     */
    async enforce(communityId: string): Promise<void> {
      await enforceInRecordings(communityId);
      try {
        for (const { id } of await openChannels(communityId)) await enforceInRoom(id, communityId);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        log.warn(
          { code: error.code, communityId },
          'permissions in voice channels could not be enforced for now',
        );
      }
    },

    /** Handles a verified webhook. Whoever joins with an old token is checked. */
    async onWebhook({ event, room, participant }: WebhookEvent): Promise<void> {
      if (event !== 'participant_joined' || !idSchema.safeParse(participant?.identity).success) return;
      if (room === undefined || !idSchema.safeParse(room.name).success) return;
      const channel = await db.channel.findUnique({
        where: { id: room.name },
        select: { communityId: true },
      });
      if (channel !== null) await enforceInRoom(room.name, channel.communityId);
    },

    /** Checks everything that is under way, to find what was missed because of lost webhooks, LiveKit outages or races. */
    async sweep(signal: AbortSignal): Promise<void> {
      const running = await db.egressSession.findMany({
        where: { status: RUNNING, communityId: { not: null } },
        distinct: ['communityId'],
        select: { communityId: true },
      });
      for (const { communityId } of running) if (communityId !== null) await enforceInRecordings(communityId);
      for (const { id, communityId } of await openChannels()) {
        if (signal.aborted) return;
        await enforceInRoom(id, communityId);
      }
    },
  };
}

function mayShareNow({ permission }: ParticipantInfo): boolean {
  return permission?.canPublishSources.includes(TrackSource.SCREEN_SHARE) === true;
}
