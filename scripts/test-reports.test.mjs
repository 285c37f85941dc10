import { describe, expect, it } from 'vitest';
import { countPlaywright, countVitest, judgeTier } from './test-reports.mjs';
import { chooseTiers } from './test-tiers.mjs';

describe('counting tests', () => {
  it('takes a skipped test, and a file that could not be loaded, for failures', () => {
    const count = countVitest({
      testResults: [
        {
          name: 'a.test.ts',
          status: 'passed',
          assertionResults: [
            { fullName: 'adds', status: 'passed', duration: 5 },
            { fullName: 'divides', status: 'skipped' },
          ],
        },
        { name: 'b.test.ts', status: 'failed', message: 'cannot import', assertionResults: [] },
      ],
    });
    expect(count).toEqual({
      passed: 1,
      failed: 2,
      notes: ['divides: skipped', 'b.test.ts: no test ran'],
      slowest: [
        { name: 'a.test.ts: adds', durationMs: 5 },
        { name: 'a.test.ts: divides', durationMs: 0 },
      ],
    });
  });

  it('finds the browser tests in nested suites, and takes a flaky one for a failure', () => {
    const count = countPlaywright({
      suites: [
        {
          title: 'clip.spec.ts',
          specs: [{ title: 'plays', tests: [{ status: 'expected', results: [{ duration: 3 }] }] }],
          suites: [
            {
              title: 'deep',
              specs: [
                { title: 'seeks', tests: [{ status: 'flaky', results: [{ duration: 4 }, { duration: 2 }] }] },
              ],
            },
          ],
        },
      ],
    });
    expect(count).toEqual({
      passed: 1,
      failed: 1,
      notes: ['seeks: flaky'],
      slowest: [
        { name: 'deep: seeks', durationMs: 6 },
        { name: 'clip.spec.ts: plays', durationMs: 3 },
      ],
    });
  });

  it('keeps the twenty tests that took longest', () => {
    const assertionResults = Array.from({ length: 30 }, (_, n) => ({
      fullName: `takes ${n} ms`,
      status: 'passed',
      duration: n,
    }));
    const { slowest } = countVitest({ testResults: [{ name: 'a', status: 'passed', assertionResults }] });
    expect(slowest).toHaveLength(20);
    expect(slowest[0]).toEqual({ name: 'a: takes 29 ms', durationMs: 29 });
  });
});

describe('judging a tier', () => {
  /** @type {import('./test-reports.mjs').Count} */
  const good = { passed: 3, failed: 0, notes: [], slowest: [] };

  it.each([
    ['all passed', good, 0, 0],
    ['no report', null, 0, 1],
    ['no test', { ...good, passed: 0 }, 0, 1],
    ['a crash after the last test', good, 1, 1],
    ['two failures', { ...good, passed: 1, failed: 2, notes: ['x', 'y'] }, 1, 2],
  ])('%s', (_, count, exitCode, failed) => {
    expect(judgeTier(count, exitCode).failed).toBe(failed);
  });
});

describe('choosing tiers', () => {
  it('keeps their order, and takes all when none is named', () => {
    expect(chooseTiers(['e2e', 'unit'])).toEqual(['unit', 'e2e']);
    expect(chooseTiers([])).toHaveLength(4);
    expect(() => chooseTiers(['units'])).toThrow('checks, unit, media, e2e');
  });
});
