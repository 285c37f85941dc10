import { readdirSync, readFileSync } from 'node:fs';

/** The memory of some processes, in MiB. */
export interface Memory {
  /** Pages that several processes share count once, in parts (`Pss` of proc_pid_smaps(5)). */
  pssMiB: number;
  /** Pages that several processes share count in each of them. */
  rssMiB: number;
}

const KIB_PER_MIB = 1024;
const TICKS_PER_SECOND = 100;

/** Returns a process and all that it has started, directly or not, and that still run. */
export function processTree(root: number): number[] {
  const children = Map.groupBy(runningPids(), (pid) => statOf(pid)?.parent ?? 0);
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function runningPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Adds up the memory of processes. One that ends meanwhile counts nothing. */
export function memoryOf(pids: readonly number[]): Memory {
  let [pss, rss] = [0, 0];
  for (const pid of pids) {
    const rollup = readOrNull(`/proc/${pid}/smaps_rollup`) ?? '';
    pss += kibOf(rollup, 'Pss');
    rss += kibOf(rollup, 'Rss');
  }
  return { pssMiB: pss / KIB_PER_MIB, rssMiB: rss / KIB_PER_MIB };
}

/** Returns the CPU time that processes have used so far, in ms. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (statOf(pid)?.cpuMs ?? 0), 0);
}

function kibOf(rollup: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
}

/** Reads proc_pid_stat(5). Returns null when the process has ended. */
function statOf(pid: number): { parent: number; cpuMs: number } | null {
  // The second field is the program's name, which may contain spaces.
  const fields = readOrNull(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  if (fields === undefined) return null;
  return {
    parent: Number(fields[1]),
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND,
  };
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
