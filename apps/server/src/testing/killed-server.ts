import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE } from '@hindsight/shared/units';
import type { ServerProcessOrder } from './capture-process.ts';

const SERVER_PROCESS = new URL('./capture-process.ts', import.meta.url).pathname;
const DEADLINE_MS = MINUTE;

/** Runs a server until it has got so far, and kills it. Returns whether it had got so far before the deadline. */
export async function killServerWhen(
  order: ServerProcessOrder,
  isReached: () => Promise<boolean>,
): Promise<boolean> {
  const child = spawn(process.execPath, [SERVER_PROCESS, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const deadline = Date.now() + DEADLINE_MS;
  let isThere = await isReached();
  while (!isThere && Date.now() < deadline) {
    await sleep(2);
    isThere = await isReached();
  }
  child.kill('SIGKILL');
  await ended;
  return isThere;
}
