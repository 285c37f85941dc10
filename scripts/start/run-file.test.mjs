import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimDataDir } from './run-file.mjs';

/** @type {string} */
let dataDir;
/** @type {import('node:child_process').ChildProcess} */
let other;

beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'hindsight-run-'));
  other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'start.mjs'], { stdio: 'ignore' });
  await once(other, 'spawn');
});
afterEach(async () => {
  other.kill('SIGKILL');
  await rm(dataDir, { recursive: true });
});

/** @param {Record<string, { pid: number | undefined, mark: string, signals?: string[] }>} processes */
function earlierRun(processes) {
  return writeFile(
    path.join(dataDir, 'run.json'),
    JSON.stringify({ url: 'http://localhost:3000', processes }),
  );
}

const options = { url: 'http://localhost:3001', log: () => {} };

describe('a data directory', () => {
  it('is refused while another start works on it', async () => {
    await earlierRun({ start: { pid: other.pid, mark: 'start.mjs' } });
    await expect(claimDataDir(dataDir, options)).rejects.toThrow('http://localhost:3000');
  });

  it('is taken over from a killed start, whose processes are ended', async () => {
    await earlierRun({
      start: { pid: 2 ** 22 + 1, mark: 'start.mjs' },
      server: { pid: other.pid, mark: 'start.mjs' },
    });
    const ended = once(other, 'exit');
    const claim = await claimDataDir(dataDir, options);
    expect(await ended).toEqual([null, 'SIGTERM']);
    await claim.release();
  });

  it('is taken over from a killed start whose processes end by signals of their own', async () => {
    await earlierRun({ database: { pid: other.pid, mark: 'start.mjs', signals: ['SIGINT', 'SIGQUIT'] } });
    const ended = once(other, 'exit');
    const claim = await claimDataDir(dataDir, options);
    expect(await ended).toEqual([null, 'SIGINT']);
    await claim.release();
  });

  it('is taken over when another program has got the process id since', async () => {
    await earlierRun({
      start: { pid: other.pid, mark: 'hindsight-of-yesterday' },
      server: { pid: other.pid, mark: 'hindsight-of-yesterday' },
    });
    await claimDataDir(dataDir, options);
    expect(other.exitCode ?? other.signalCode).toBeNull();
  });
});
