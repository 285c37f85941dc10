import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { Log } from '../log.ts';
import type { Recording } from '../recording/recording.ts';
import type { LiveKit } from '../voice/livekit.ts';

export type Departure = ReturnType<typeof createDeparture>;

/** Ends what somebody does in a community's voice channels when they are no longer a member, or the community is gone. */
export function createDeparture({
  db,
  recording,
  livekit,
  log,
}: {
  db: PrismaClient;
  recording: Pick<Recording, 'end'>;
  livekit: Pick<LiveKit, 'participants' | 'removeParticipant' | 'rooms'>;
  log: Log;
}) {
  /** Returns those channels that have an open room; a community may have many channels and few calls. */
  async function openRooms(channelIds: readonly string[]): Promise<string[]> {
    const open = new Set((await livekit.rooms()).map(({ name }) => name));
    return channelIds.filter((id) => open.has(id));
  }

  return {
    /**
     * Ends a person's recording in a community and disconnects them from its voice channels. It is called when they are
     * no longer a member, so that they can't come back meanwhile. It never fails because of LiveKit: the next sweep of
     * permission enforcement tries again.
     */
    async leave({
      communityId,
      userId,
      reason,
    }: {
      communityId: string;
      userId: string;
      reason: 'LEFT' | 'STOPPED_BY_ADMIN';
    }): Promise<void> {
      await recording.end({ communityId, userId }, reason);
      const channels = await db.channel.findMany({
        where: { communityId, kind: 'VOICE' },
        select: { id: true },
      });
      try {
        const rooms = await openRooms(channels.map(({ id }) => id));
        await Promise.all(rooms.map((room) => livekit.removeParticipant(room, userId)));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        log.warn(
          { code: error.code, communityId, userId },
          'a former member could not be disconnected for now',
        );
      }
    },

    /**
     * Ends all recordings in channels and disconnects everybody, for channels that are about to be deleted, alone or with
     * their community.
     */
    async closeChannels(channelIds: readonly string[]): Promise<void> {
      for (const channelId of channelIds) await recording.end({ channelId }, 'STOPPED_BY_ADMIN');
      try {
        for (const room of await openRooms(channelIds))
          for (const { identity } of await livekit.participants(room))
            if (idSchema.safeParse(identity).success) await livekit.removeParticipant(room, identity);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        log.warn({ code: error.code }, 'people in a deleted voice channel could not be disconnected for now');
      }
    },
  };
}
