import { QueryObserver } from '@tanstack/react-query';
import { TRPCClientError } from '@trpc/client';
import type { AppErrorCode } from '@hindsight/shared/errors';
import { expect, test, vi } from 'vitest';
import { createQueryClient } from './client.ts';

/** Returns how often a query is asked that is refused with this code. */
async function timesAsked(appCode: AppErrorCode): Promise<number> {
  vi.useFakeTimers();
  let calls = 0;
  const refusal = TRPCClientError.from({ error: { code: 0, message: '', data: { appCode } } });
  const queryFn = async () => {
    calls += 1;
    throw refusal;
  };
  const client = createQueryClient({ onSignedOut: () => undefined });
  const stop = new QueryObserver(client, { queryKey: [appCode], queryFn }).subscribe(() => undefined);
  await vi.runAllTimersAsync();
  stop();
  vi.useRealTimers();
  return calls;
}

test('what may pass in a moment is asked for again', async () => {
  expect(await timesAsked('DATABASE_UNAVAILABLE')).toBe(3);
});

test('what our server refused is not', async () => {
  expect(await timesAsked('QUOTA_EXCEEDED')).toBe(1);
});
