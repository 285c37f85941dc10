import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { MessageTarget } from '@hindsight/shared/chat/message';
import type { Action } from '@hindsight/shared/community/permissions';
import type { Access } from '../access/access.service.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

/** A place is a text channel or a conversation that the caller may read. */
export interface Place {
  /** Tells whether the caller may write there. */
  isWritable: boolean;
  /** Tells whether the caller may remove what others have written there. */
  isModerator: boolean;
}

const LEFT_ALONE = { detail: 'Everybody else has left this conversation.' };

export type ChatAccess = ReturnType<typeof createChatAccess>;

/** Decides who may read and write where. Places that somebody may not read answer NOT_FOUND, like those that don't exist. */
export function createChatAccess({
  db,
  access,
}: {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
}) {
  async function channelPlace(user: SignedInUser, channelId: string): Promise<Place> {
    const { channel, actions } = await access.requireChannel(user, channelId);
    if (channel.kind !== 'TEXT') throw new AppError('NOT_FOUND');
    const can = (action: Action) => actions.includes(action);
    return { isWritable: can('SEND_MESSAGES'), isModerator: can('MANAGE_CHANNELS') };
  }

  async function conversationPlace(user: SignedInUser, conversationId: string): Promise<Place> {
    const members = await db.conversationMember.findMany({
      where: { conversationId },
      select: { userId: true },
    });
    if (!members.some(({ userId }) => userId === user.id)) throw new AppError('NOT_FOUND');
    // Once everybody else has left, nobody would read a message.
    return { isWritable: members.length > 1, isModerator: false };
  }

  /**
   * Requires that the caller may read a place.
   * @throws AppError NOT_FOUND
   */
  async function requireReadable(user: SignedInUser, target: MessageTarget): Promise<Place> {
    return 'channelId' in target
      ? channelPlace(user, target.channelId)
      : conversationPlace(user, target.conversationId);
  }

  return {
    requireReadable,

    /**
     * Requires that the caller may write in a place.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async requireWritable(user: SignedInUser, target: MessageTarget): Promise<void> {
      const { isWritable } = await requireReadable(user, target);
      if (!isWritable) throw new AppError('PERMISSION_DENIED', 'conversationId' in target ? LEFT_ALONE : {});
    },

    /**
     * Requires what `requireWritable` does, for posting a clip.
     * @throws AppError NOT_FOUND, SHARE_TARGET_FORBIDDEN
     */
    async requireShareTarget(user: SignedInUser, target: MessageTarget): Promise<void> {
      const { isWritable } = await requireReadable(user, target);
      if (!isWritable) throw new AppError('SHARE_TARGET_FORBIDDEN');
    },
  };
}
