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
            { fullName: 'adds', status: 'passed' },
            { fullName: 'divides', status: 'skipped' },
          ],
        },
        { name: 'b.test.ts', status: 'failed', message: 'cannot import', assertionResults: [] },
      ],
    });
    expect(count).toEqual({ passed: 1, failed: 2, notes: ['divides: skipped', 'b.test.ts: no test ran'] });
  });

  it('finds the browser tests in nested suites, and takes a flaky one for a failure', () => {
    const count = countPlaywright({
      suites: [
        {
          title: 'clip.spec.ts',
          specs: [{ title: 'plays', tests: [{ status: 'expected' }] }],
          suites: [{ title: 'deep', specs: [{ title: 'seeks', tests: [{ status: 'flaky' }] }] }],
        },
      ],
    });
    expect(count).toEqual({ passed: 1, failed: 1, notes: ['seeks: flaky'] });
  });
});

describe('judging a tier', () => {
  const good = { passed: 3, failed: 0, notes: [] };

  it.each([
    ['all passed', good, 0, 0],
    ['no report', null, 0, 1],
    ['no test', { passed: 0, failed: 0, notes: [] }, 0, 1],
    ['a crash after the last test', good, 1, 1],
    ['two failures', { passed: 1, failed: 2, notes: ['x', 'y'] }, 1, 2],
  ])('%s', (_, count, exitCode, failed) => {
    expect(judgeTier(count, exitCode).failed).toBe(failed);
  });
});

describe('choosing tiers', () => {
  it('keeps their order, and takes all when none is named', () => {
    expect(chooseTiers(['e2e', 'unit'])).toEqual(['unit', 'e2e']);
    expect(chooseTiers([])).toHaveLength(5);
    expect(() => chooseTiers(['units'])).toThrow('checks, unit, postgres, media, e2e');
  });
});
