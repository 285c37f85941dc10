import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { PublishersTask, Share } from './publishers-process.ts';

export interface Publishers {
  pid: number;
  shares: Share[];
  close(): void;
}

/** Starts shares in their own process. */
export async function startPublishers(task: PublishersTask): Promise<Publishers> {
  const child = fork(new URL('./publishers-process.ts', import.meta.url), { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<Share[]>();
  child.once('message', (shares: Share[]) => resolve(shares));
  child.once('exit', (code) => reject(new Error(`the publishers' process ended with code ${code}`)));
  child.send(task);
  const shares = await promise;
  return { pid: child.pid ?? 0, shares, close: () => child.disconnect() };
}

/** Returns the processes that this one has started and that are still running. */
export function childPids(): number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number);
}

const TICKS_PER_SECOND = 100;

/** Returns the CPU time that a process has used so far, in ms (proc(5): `utime` and `stime`). */
export function cpuMsOf(pid: number): number {
  // The second field is the program's name, which may contain spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
