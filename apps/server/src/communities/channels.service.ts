import type { Prisma, PrismaClient } from '@hindsight/db/client';
import {
  MAX_CHANNELS,
  type ChannelCreateInput,
  type ChannelDto,
  type ChannelKind,
  type ChannelUpdateInput,
} from '@hindsight/shared/community/community';
import { AppError } from '@hindsight/shared/errors';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { Access } from '../access/access.service.ts';
import { lockCommunity } from './admins.ts';
import type { CommunityNews } from './community-news.ts';
import type { Departure } from './departure.ts';

/** Channels are shown in this order. Ids break ties, so that the order never changes by itself. */
export const CHANNEL_ORDER = [{ position: 'asc' }, { createdAt: 'asc' }, { id: 'asc' }] as const;

const CHANNEL_FIELDS = { id: true, communityId: true, name: true, kind: true } as const;

export type Channels = ReturnType<typeof createChannels>;

/** Makes, renames, orders and removes the channels of a community. */
export function createChannels({
  db,
  access,
  news,
  departure,
}: {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel' | 'requireCommunity'>;
  news: Pick<CommunityNews, 'changed'>;
  departure: Pick<Departure, 'closeChannels'>;
}) {
  return {
    /**
     * Returns a channel.
     * @throws AppError NOT_FOUND
     */
    async get(user: SignedInUser, channelId: string): Promise<ChannelDto> {
      const { channel } = await access.requireChannel(user, channelId);
      return channel;
    },

    /**
     * Adds a channel after the others of its kind.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, NAME_TAKEN, LIMIT_REACHED
     */
    async create(user: SignedInUser, { communityId, name, kind }: ChannelCreateInput): Promise<ChannelDto> {
      await access.requireCommunity(user, communityId, 'MANAGE_CHANNELS');
      const channel = await db.$transaction(async (tx) => {
        await lockCommunity(tx, communityId);
        if ((await tx.channel.count({ where: { communityId } })) >= MAX_CHANNELS)
          throw new AppError('LIMIT_REACHED');
        await requireFreeName(tx, { communityId, kind, name });
        const last = await tx.channel.aggregate({
          where: { communityId, kind },
          _max: { position: true },
        });
        const position = (last._max.position ?? -1) + 1;
        return tx.channel.create({ data: { communityId, name, kind, position }, select: CHANNEL_FIELDS });
      });
      await news.changed(communityId);
      return channel;
    },

    /**
     * Renames a channel, or moves it among those of its kind.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, NAME_TAKEN
     */
    async update(user: SignedInUser, { channelId, name, position }: ChannelUpdateInput): Promise<ChannelDto> {
      const { channel } = await access.requireChannel(user, channelId, 'MANAGE_CHANNELS');
      const updated = await db.$transaction(async (tx) => {
        await lockCommunity(tx, channel.communityId);
        if (name !== undefined) {
          await requireFreeName(tx, { ...channel, name });
          await tx.channel.updateMany({ where: { id: channelId }, data: { name } });
        }
        if (position !== undefined) await move(tx, channel, position);
        return tx.channel.findUnique({ where: { id: channelId }, select: CHANNEL_FIELDS });
      });
      if (updated === null) throw new AppError('NOT_FOUND');
      await news.changed(channel.communityId);
      return updated;
    },

    /**
     * Removes a channel with its messages. In a voice channel, recordings end first and everybody is disconnected; clips
     * stay with those who saved them.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async remove(user: SignedInUser, channelId: string): Promise<void> {
      const { channel } = await access.requireChannel(user, channelId, 'MANAGE_CHANNELS');
      const rooms = channel.kind === 'VOICE' ? [channel.id] : [];
      await departure.closeChannels(rooms);
      const { count } = await db.channel.deleteMany({ where: { id: channelId } });
      if (count === 0) throw new AppError('NOT_FOUND');
      await news.changed(channel.communityId);
      // This disconnects whoever joined before the channel was deleted.
      await departure.closeChannels(rooms);
    },
  };
}

/** Two channels of a kind whose names differ by case only could not be told apart. The community must be locked. */
async function requireFreeName(
  tx: Prisma.TransactionClient,
  { id, communityId, kind, name }: { id?: string; communityId: string; kind: ChannelKind; name: string },
): Promise<void> {
  const others = await tx.channel.findMany({
    where: { communityId, kind, ...(id === undefined ? {} : { id: { not: id } }) },
    select: { name: true },
  });
  const key = name.toLocaleLowerCase('en');
  if (others.some((other) => other.name.toLocaleLowerCase('en') === key)) throw new AppError('NAME_TAKEN');
}

/**
 * Moves a channel among those of its kind. The community must be locked, so that two moves at once don't mix their
 * orders.
 */
async function move(
  tx: Prisma.TransactionClient,
  { id, communityId, kind }: ChannelDto,
  position: number,
): Promise<void> {
  const rows = await tx.channel.findMany({
    where: { communityId, kind, id: { not: id } },
    orderBy: [...CHANNEL_ORDER],
    select: { id: true },
  });
  const ids = rows.map((row) => row.id).toSpliced(position, 0, id);
  for (const [index, channelId] of ids.entries())
    await tx.channel.updateMany({ where: { id: channelId }, data: { position: index } });
}
