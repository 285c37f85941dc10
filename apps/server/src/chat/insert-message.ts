import { Prisma } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { MessageTarget } from '@hindsight/shared/chat/message';

const FOREIGN_KEY_VIOLATION = 'P2003';

interface NewMessage {
  authorId: string;
  target: MessageTarget;
  text: string;
  clipId: string | null;
}

/**
 * Writes a message. The caller has made all checks.
 * @returns the message's id
 * @throws AppError NOT_FOUND when the place or the clip was deleted meanwhile
 */
export async function insertMessage(
  tx: Prisma.TransactionClient,
  { authorId, target, text, clipId }: NewMessage,
): Promise<string> {
  try {
    const { id } = await tx.message.create({
      data: { ...target, authorId, text, clipId, hasClip: clipId !== null },
      select: { id: true },
    });
    return id;
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === FOREIGN_KEY_VIOLATION)
      throw new AppError('NOT_FOUND', { cause: error });
    throw error;
  }
}
