import { AppError } from '@hindsight/shared/errors';
import type { QuotaTransaction } from '../../quota/quota.service.ts';

/** One user may have this many unfinished clips at the same time. */
const MAX_RUNNING_PER_USER = 5;

/**
 * Checks the number of unfinished clips, in the transaction that has added one. The reservation has locked the user's
 * quota, so two requests can't both take the last slot.
 * @throws AppError TOO_MANY_CAPTURES
 */
export async function requireCaptureSlot(tx: QuotaTransaction, userId: string): Promise<void> {
  const running = await tx.replayClip.count({ where: { userId, status: 'PROCESSING' } });
  if (running > MAX_RUNNING_PER_USER) throw new AppError('TOO_MANY_CAPTURES');
}
