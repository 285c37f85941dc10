import type { Prisma } from '@hindsight/db/client';
import type { MessageTarget } from '@hindsight/shared/chat/message';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { ChatAccess } from './chat-access.ts';
import type { MessageNews } from './message-news.ts';
import { insertMessage } from './insert-message.ts';

interface ClipPostsDependencies {
  access: Pick<ChatAccess, 'requireShareTarget'>;
  news: Pick<MessageNews, 'announce'>;
}

/** Posts clips as they are made, for features that know nothing else about messages. */
export function createClipPosts({ access, news }: ClipPostsDependencies) {
  return {
    requireTarget: access.requireShareTarget,

    /**
     * Writes the message in the transaction that makes the clip.
     * @returns the function that tells the readers, to be called after the commit
     * @throws AppError NOT_FOUND when the place was deleted meanwhile
     */
    async post(
      tx: Prisma.TransactionClient,
      { user, clipId, target }: { user: SignedInUser; clipId: string; target: MessageTarget },
    ): Promise<() => Promise<void>> {
      const id = await insertMessage(tx, { authorId: user.id, target, text: '', clipId });
      return async () => {
        await news.announce(id, target, 'created');
      };
    },
  };
}
