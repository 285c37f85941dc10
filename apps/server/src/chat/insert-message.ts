import { Prisma } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import type { MessageTarget } from '@hindsight/shared/message';

const FOREIGN_KEY_VIOLATION = 'P2003';

interface NewMessage {
  authorId: string;
  target: MessageTarget;
  text: string;
  clipId: string | null;
}

/**
 * Writes a message; all checks have been made.
 * @returns its id
 * @throws AppError NOT_FOUND when the place or the clip went away since
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
