import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasHardLinks, linkOrCopy } from './hard-links.ts';
import { noLinks } from './testing/no-links.ts';

let directory: string;
let path: string;
let target: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-links-'));
  [path, target] = [join(directory, 'a'), join(directory, 'b')];
  await writeFile(path, 'content');
});
afterEach(() => rm(directory, { recursive: true }));

const CODES = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'EXDEV', 'EIO', 'ENOSYS'];

describe('where there are hard links', () => {
  it('a file gets a second name', async () => {
    await linkOrCopy(path, target);
    expect((await stat(target)).ino).toBe((await stat(path)).ino);
    expect(await hasHardLinks(directory)).toBe(true);
    expect(await readdir(directory)).toEqual(['a', 'b']);
  });

  it('a file that is not there is missing, and a name that is taken stays', async () => {
    await expect(linkOrCopy(join(directory, 'gone'), target)).rejects.toMatchObject({ code: 'ENOENT' });
    await writeFile(target, 'other');
    await expect(linkOrCopy(path, target)).rejects.toMatchObject({ code: 'EEXIST' });
  });
});

describe.each(CODES)('where the file system answers %s', (code) => {
  it('a file is copied', async () => {
    await linkOrCopy(path, target, noLinks(code));
    expect(await readFile(target, 'utf8')).toBe('content');
    expect((await stat(target)).ino).not.toBe((await stat(path)).ino);
  });

  it('that is known, and leaves nothing behind', async () => {
    expect(await hasHardLinks(directory, noLinks(code))).toBe(false);
    expect(await readdir(directory)).toEqual(['a']);
  });
});
