import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireWritable } from './writable-folder.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-folder-'));
});
afterEach(() => rm(directory, { recursive: true }));

it('creates a folder, and leaves nothing in it', async () => {
  const folder = join(directory, 'a', 'b');
  await requireWritable(folder, 'DATA_DIR');
  expect(await readdir(folder)).toEqual([]);
});

it('says which folder can’t be written, why, and what to do', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  for (const folder of [join(file, 'below'), '/sys/kernel'])
    await expect(requireWritable(folder, 'REPLAY_BUFFER_PATH')).rejects.toThrow(
      new RegExp(`^${folder} cannot be written by user \\d+ \\(E[A-Z]+\\)\\. .* set REPLAY_BUFFER_PATH`),
    );
});
