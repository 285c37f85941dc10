import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const MAX_FILES = 20;
const CODE = /\.(ts|tsx|js|mjs|css)$/;
const FOR_TESTS = /\.(test|contract|fixtures|spec)\.|\/testing\/|\/testing[-.]|\.d\.ts$/;

/** Returns how many files of production code lie in each folder of the repository, its rooms not counted. */
function folderSizes() {
  // Files that git doesn't know yet count too, so that a change is judged before it is committed.
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  /** @type {Map<string, number>} */
  const sizes = new Map();
  for (const file of listed.split('\n')) {
    if (!CODE.test(file) || FOR_TESTS.test(file)) continue;
    const folder = path.dirname(file);
    sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
  }
  return sizes;
}

describe('the folders of the repository', () => {
  it(`hold at most ${MAX_FILES} files of production code each`, () => {
    const sizes = folderSizes();
    expect(sizes.get('apps/server/src/capture/plan')).toBeGreaterThan(0);
    expect([...sizes].filter(([, count]) => count > MAX_FILES)).toEqual([]);
  });
});
