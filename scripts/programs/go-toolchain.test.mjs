import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canFetchGo, fetchGo, inWorkFolder } from './go-toolchain.mjs';

/** @type {string} */
let folder;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hindsight-go-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('can be fetched for the platforms that Hindsight runs on', () => {
  expect(['x64', 'arm64'].flatMap((arch) => [canFetchGo('linux', arch), canFetchGo('darwin', arch)])).toEqual(
    [true, true, true, true],
  );
  expect(canFetchGo('linux', 'mips')).toBe(false);
});

it('is not used when it is something else', async () => {
  const known = process.arch === 'x64' ? 'amd64' : process.arch;
  const proxy = path.join(folder, 'golang.org/toolchain/@v');
  await mkdir(proxy, { recursive: true });
  await writeFile(path.join(proxy, `v0.0.1-go1.26.8.${process.platform}-${known}.zip`), 'something else');
  const before = process.env.GOPROXY;
  process.env.GOPROXY = pathToFileURL(folder).href;
  try {
    await expect(fetchGo(folder)).rejects.toThrow(
      /^What was fetched as Go 1\.26\.8 is not used, because it is no zip/,
    );
    process.env.GOPROXY = 'off';
    await expect(fetchGo(folder)).rejects.toThrow('Go could not be fetched:\nGOPROXY is off.');
  } finally {
    if (before === undefined) delete process.env.GOPROXY;
    else process.env.GOPROXY = before;
  }
});

describe('the folder of a build', () => {
  it('goes after a failure', async () => {
    const failing = inWorkFolder(folder, async (work) => {
      await writeFile(path.join(work, 'half'), '');
      throw new Error('no room');
    });
    await expect(failing).rejects.toThrow('no room');
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'])(
    'goes with a process that ends by %s, at the next build at the latest',
    async (signal) => {
      // A command that runs for the build is ended too, and would else write for a minute.
      const script = `
      import { inWorkFolder } from ${JSON.stringify(new URL('go-toolchain.mjs', import.meta.url).href)};
      import { runCommand } from ${JSON.stringify(new URL('../setup/command.mjs', import.meta.url).href)};
      await inWorkFolder(process.argv[1], async (work) => {
        const writing = 'i=0; while [ $i -lt 600 ]; do echo > file-$i || exit; i=$((i+1)); sleep 0.1; done';
        const command = runCommand('sh', ['-c', writing], { cwd: work, isQuiet: true });
        setTimeout(() => process.kill(process.pid, '${signal}'), 300);
        await command;
      });`;
      const { status, signal: endedBy } = spawnSync(process.execPath, [
        '--input-type=module',
        '-e',
        script,
        folder,
      ]);
      expect(endedBy ?? status).toBe({ SIGINT: 130, SIGTERM: 143, SIGKILL: 'SIGKILL' }[signal]);
      await inWorkFolder(folder, async () => undefined);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it('stays while its process runs', async () => {
    await inWorkFolder(folder, async (first) => {
      await inWorkFolder(folder, async () => undefined);
      expect(await readdir(folder)).toEqual([path.basename(first)]);
    });
  });
});
