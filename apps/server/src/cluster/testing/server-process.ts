import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND } from '@hindsight/shared/units';

const MAIN = new URL('../../main.ts', import.meta.url).pathname;
const START_DEADLINE_MS = 90 * SECOND;

/** This is a server that runs as a process of its own. */
export interface ServerProcess {
  pid: number;
  origin: string;
  /** Kills the process, as a crash does. */
  kill(): Promise<void>;
  /**
   * Stops the process, as an admin does.
   * @throws Error when it doesn't end cleanly
   */
  stop(): Promise<void>;
}

function endOf({ exitCode, signalCode }: ChildProcess): string {
  if (signalCode !== null) return `ended by ${signalCode}`;
  return exitCode === null
    ? `not ready after ${START_DEADLINE_MS / SECOND} s`
    : `ended with code ${exitCode}`;
}

/**
 * Starts a server, and resolves when people can use it.
 * @throws Error with all its output when it doesn't start
 */
export async function startServerProcess(environment: Record<string, string>): Promise<ServerProcess> {
  const { ready, ...server } = launchServerProcess(environment);
  return { ...server, origin: await ready };
}

/** Starts a server. `ready` resolves with its origin when people can use it, and rejects with all its output when it doesn't start. */
export function launchServerProcess(
  environment: Record<string, string>,
): Omit<ServerProcess, 'origin'> & { ready: Promise<string> } {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)));
  const untilReady = async () => {
    const deadline = Date.now() + START_DEADLINE_MS;
    for (;;) {
      const origin = /^READY (\S+)$/m.exec(said)?.[1];
      if (origin !== undefined) return origin;
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        const how = endOf(child);
        child.kill('SIGKILL');
        throw new Error(`The server did not start (${how}):\n${said}`);
      }
      await sleep(50);
    }
  };
  return {
    pid: child.pid ?? 0,
    ready: untilReady(),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      if (child.exitCode !== 0) throw new Error(`The server did not end cleanly:\n${said}`);
    },
  };
}
