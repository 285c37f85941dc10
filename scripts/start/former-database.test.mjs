import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMove, folderOfSetting, needsMove } from './former-database.mjs';
import { claimDataDir } from './run-file.mjs';
import { ROOT } from '../setup/setup.mjs';

const NOBODY_THERE = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' };

/** @type {string} */
let dataDir;
/** @type {string} */
let folder;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'hindsight-former-'));
  folder = path.join(dataDir, 'db');
});
afterEach(() => rm(dataDir, { recursive: true }));

async function prepareMove() {
  const claim = await claimDataDir(dataDir, { url: 'http://localhost:3000', log: () => {} });
  return createMove({ folder, claim });
}

describe('the database of a former release', () => {
  it.each([
    ['pglite://./data/db', path.join(ROOT, 'data/db')],
    ['pglite:///srv/db', '/srv/db'],
    ['pglite://memory', null],
    ['postgresql://me@host/name', null],
    ['', null],
    [undefined, null],
  ])('is, by DATABASE_URL=%s, in %s', (setting, expected) => {
    expect(folderOfSetting(setting)).toBe(expected);
  });

  it('has to be moved when there is one', async () => {
    expect(needsMove(folder)).toBe(false);
    await mkdir(folder);
    expect(needsMove(folder)).toBe(false);
    await writeFile(path.join(folder, 'PG_VERSION'), '18\n');
    expect(needsMove(folder)).toBe(true);
  });

  it('stays, and the start says why, when it cannot be moved', async () => {
    await mkdir(folder);
    await writeFile(path.join(folder, 'PG_VERSION'), '18\n');
    const move = await prepareMove();
    await expect(move.run(NOBODY_THERE, () => {})).rejects.toThrow(
      'PostgreSQL cannot be reached at nobody@127.0.0.1:1/nothing (ECONNREFUSED). Start it,',
    );
    await move.stop();
    expect(needsMove(folder)).toBe(true);
  });

  it('is no more, and what an interrupted move left is removed', async () => {
    await mkdir(`${folder}.moving`);
    expect(needsMove(folder)).toBe(true);
    const move = await prepareMove();
    /** @type {string[]} */
    const said = [];
    await move.run(NOBODY_THERE, (line) => said.push(line));
    expect(said).toEqual([`${folder} holds no database of a former release; there is nothing to move.`]);
    expect(existsSync(`${folder}.moving`)).toBe(false);
    expect(needsMove(folder)).toBe(false);
  });

  it('is not touched when the start is stopped before its turn', async () => {
    await mkdir(`${folder}.moving`);
    const move = await prepareMove();
    await move.stop();
    await move.run(NOBODY_THERE, () => {});
    expect(needsMove(folder)).toBe(true);
  });
});
