import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ClusterError, requireAgreement } from './agreement.ts';

const SECRETS = ['jwt', 'livekit'];

let folder: string;
let other: string;
let live: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hindsight-agreement-'));
  other = await mkdtemp(join(tmpdir(), 'hindsight-agreement-'));
  live = [];
});
afterEach(() => Promise.all([folder, other].map((path) => rm(path, { recursive: true }))));

function start(id: string, { folders = [folder], secrets = SECRETS } = {}) {
  live.push(id);
  const servers = { id, liveIds: async () => [...live] };
  return requireAgreement({ servers, folders, secrets, markWaitMs: 200 });
}
const marks = () => readdir(join(folder, '.servers'));

it('lets servers start that see the same files and have the same secrets, also at once', async () => {
  const leave = await Promise.all(['one', 'two', 'three'].map((id) => start(id)));
  expect((await marks()).toSorted()).toEqual(['one', 'three', 'two']);
  await Promise.all(leave.map((each) => each()));
  expect(await marks()).toEqual([]);
});

it('refuses a server with a folder of its own, and says what to do', async () => {
  await start('one');
  const refused = start('two', { folders: [other] });
  await expect(refused).rejects.toThrow(ClusterError);
  await expect(refused).rejects.toThrow(/does not use the folder .*\n.*REPLAY_BUFFER_PATH/);
  expect(await readdir(join(other, '.servers'))).toEqual([]);
});

it('refuses a server with other secrets, and prints none', async () => {
  await start('one');
  const refused = start('two', { secrets: ['jwt', 'another'] });
  await expect(refused).rejects.toThrow(/other secrets.\n.*JWT_SECRET/);
  await expect(refused).rejects.not.toThrow(/another$/);
  expect(await marks()).toEqual(['one']);
});

it('ignores the marks of dead servers', async () => {
  await start('one');
  live = [];
  await start('two', { secrets: ['changed'] });
  expect(await marks()).toEqual(['two']);
});
