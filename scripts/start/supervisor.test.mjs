import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { createSupervisor } from './supervisor.mjs';

/**
 * @param {string} script
 * @param {number} [healthyAfterMs]
 */
function supervise(script, healthyAfterMs = 300) {
  /** @type {import('node:child_process').ChildProcess[]} */
  const started = [];
  /** @type {string[]} */
  const lines = [];
  const supervisor = createSupervisor({
    name: 'The child',
    start() {
      const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
      started.push(child);
      return child;
    },
    async end(child) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
    // The process counts as healthy this long after its start, unless it has died by then.
    untilHealthy: (signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, healthyAfterMs);
        signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)));
      }),
    lastOutput: () => 'I was asked to.',
    log: (line) => lines.push(line),
    onPid: () => {},
  });
  return { supervisor, started, lines };
}

const STAYS = 'setInterval(() => {}, 1000)';

describe('a supervised process', () => {
  it('is started again when it is killed, and stays down when it is stopped', async () => {
    const { supervisor, started, lines } = supervise(STAYS);
    await supervisor.start();
    started[0]?.kill('SIGKILL');
    await vi.waitFor(() => expect(lines).toContain('The child is back.'), { timeout: 5000 });
    expect(lines[0]).toBe('The child was ended by SIGKILL; starting it again in 0.25 s.');

    await supervisor.stop();
    expect(started).toHaveLength(2);
    expect(started[1]?.signalCode).toBe('SIGTERM');
  });

  it('is not restarted when it dies before it was ready, and its last output is reported', async () => {
    const { supervisor, started } = supervise('process.exit(3)', 60_000);
    await expect(supervisor.start()).rejects.toThrow(
      'The child ended with code 3 before it was ready. It said:\nI was asked to.',
    );
    await supervisor.stop();
    expect(started).toHaveLength(1);
  });
});
