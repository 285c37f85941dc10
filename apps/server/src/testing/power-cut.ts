import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const STOP_DEADLINE_MS = 5000;

/**
 * Copies a folder as it is at one instant, while a process and all that it has started stand still. The copy has what had been
 * written by then, also what a real power cut would have lost because it was not forced to disk.
 * @returns what `atThatInstant` returned
 */
export async function copyAtOneInstant<T>(
  pid: number,
  from: string,
  to: string,
  atThatInstant: () => T,
): Promise<T> {
  const stopped = await stopTree(pid);
  try {
    const result = atThatInstant();
    await run('cp', ['-a', from, to]);
    return result;
  } finally {
    for (const each of stopped) signal(each, 'SIGCONT');
  }
}

/** Stops a process and its descendants, also those that are started meanwhile. */
async function stopTree(root: number): Promise<number[]> {
  const deadline = Date.now() + STOP_DEADLINE_MS;
  for (;;) {
    const tree = await processTree(root);
    const moving = tree.filter(({ state }) => !/^[TZX]/.test(state));
    if (moving.length === 0) return tree.map(({ pid }) => pid);
    if (Date.now() > deadline) throw new Error(`${moving.length} processes cannot be stopped`);
    for (const { pid } of moving) signal(pid, 'SIGSTOP');
    await sleep(1);
  }
}

interface RunningProcess {
  pid: number;
  parent: number;
  state: string;
}

async function processTree(root: number): Promise<RunningProcess[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,state=']);
  const all = stdout
    .trim()
    .split('\n')
    .map((line): RunningProcess => {
      const [pid, parent, state = ''] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), state };
    });
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
