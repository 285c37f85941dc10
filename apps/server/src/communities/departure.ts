import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import { idSchema } from '@hindsight/shared/ids';
import type { Log } from '../log.ts';
import type { Recording } from '../recording/recording.ts';
import type { LiveKit } from '../voice/livekit.ts';

export type Departure = ReturnType<typeof createDeparture>;

/** Ends what somebody does in a community's voice channels when they are no longer part of it, or it is gone. */
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
  /** The rooms that exist among these; a community may have many channels and few calls. */
  async function openRooms(channelIds: readonly string[]): Promise<string[]> {
    const open = new Set((await livekit.rooms()).map(({ name }) => name));
    return channelIds.filter((id) => open.has(id));
  }

  return {
    /**
     * Ends a person's recording in a community and their connection to its voice channels. Called once they are no member
     * any more, so that they can't come back in between. Never fails for LiveKit's sake: the next review of who stands where makes up for it.
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
        log.warn({ code: error.code, communityId, userId }, 'somebody could not be shown out for now');
      }
    },

    /**
     * Ends all recordings in channels and everybody's connection to them, for channels that are about to be deleted, be it
     * with their community.
     */
    async closeChannels(channelIds: readonly string[]): Promise<void> {
      for (const channelId of channelIds) await recording.end({ channelId }, 'STOPPED_BY_ADMIN');
      try {
        for (const room of await openRooms(channelIds))
          for (const { identity } of await livekit.participants(room))
            if (idSchema.safeParse(identity).success) await livekit.removeParticipant(room, identity);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        log.warn({ code: error.code }, 'a voice channel could not be emptied for now');
      }
    },
  };
}
