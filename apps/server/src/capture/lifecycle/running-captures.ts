import { AppError } from '@hindsight/shared/errors';
import type { QuotaTransaction } from '../../quota/quota.service.ts';

/** Clips of one person that may be unfinished at the same time. */
const MAX_RUNNING_PER_USER = 5;

/**
 * To be called in the transaction that has added a clip. Taking its reservation has locked the user's quota, so two
 * requests can't both see the last free place.
 * @throws AppError TOO_MANY_CAPTURES
 */
export async function requireFreePlace(tx: QuotaTransaction, userId: string): Promise<void> {
  const running = await tx.replayClip.count({ where: { userId, status: 'PROCESSING' } });
  if (running > MAX_RUNNING_PER_USER) throw new AppError('TOO_MANY_CAPTURES');
}
