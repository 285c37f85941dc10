// Counts what the test runners wrote down. What was not run did not pass: skipped and flaky tests count as failed.

/** @typedef {{ name: string, durationMs: number }} Timed a test, or a check */
/** @typedef {{ passed: number, failed: number, notes: string[], slowest: Timed[] }} Count */

const SLOWEST = 20;

/**
 * @param {{ testResults: { name: string, status: string, message?: string,
 *   assertionResults: { fullName: string, status: string, duration?: number | null }[] }[] }} report of vitest's `json` reporter
 * @returns {Count}
 */
export function countVitest(report) {
  let passed = 0;
  const notes = [];
  const tests = [];
  for (const file of report.testResults) {
    if (file.assertionResults.length === 0) notes.push(`${file.name}: no test ran`);
    for (const test of file.assertionResults) {
      tests.push({ name: `${file.name}: ${test.fullName}`, durationMs: test.duration ?? 0 });
      if (test.status === 'passed') passed += 1;
      else notes.push(`${test.fullName}: ${test.status}`);
    }
  }
  return { passed, failed: notes.length, notes, slowest: slowestOf(tests) };
}

/**
 * @param {Timed[]} all
 * @returns {Timed[]} the slowest few, the slowest first
 */
function slowestOf(all) {
  return all.toSorted((a, b) => b.durationMs - a.durationMs).slice(0, SLOWEST);
}

/** @typedef {{ status: string, results?: { duration: number }[] }} PlaywrightTest */

/**
 * @typedef {object} PlaywrightSuite
 * @property {string} title
 * @property {PlaywrightSuite[]} [suites]
 * @property {{ title: string, tests: PlaywrightTest[] }[]} [specs]
 */

/**
 * @param {{ suites: PlaywrightSuite[], errors?: { message?: string }[] }} report of Playwright's `json` reporter
 * @returns {Count}
 */
export function countPlaywright(report) {
  let passed = 0;
  const notes = (report.errors ?? []).map((error) => error.message ?? 'an error outside of any test');
  /** @type {Timed[]} */
  const tests = [];
  /** @param {PlaywrightSuite[]} suites */
  const visit = (suites) => {
    for (const suite of suites) {
      visit(suite.suites ?? []);
      for (const spec of suite.specs ?? []) {
        for (const test of spec.tests) {
          const durationMs = (test.results ?? []).reduce((sum, { duration }) => sum + duration, 0);
          tests.push({ name: `${suite.title}: ${spec.title}`, durationMs });
          if (test.status === 'expected') passed += 1;
          else notes.push(`${spec.title}: ${test.status === 'unexpected' ? 'failed' : test.status}`);
        }
      }
    }
  };
  visit(report.suites);
  return { passed, failed: notes.length, notes, slowest: slowestOf(tests) };
}

/** @type {Count} */
const NOTHING = { passed: 0, failed: 1, notes: [], slowest: [] };

/**
 * A tier's count, with what its report cannot say: that the runner crashed, or found no test at all.
 * @param {Count | null} count null when there is no report
 * @param {number} exitCode
 * @returns {Count}
 */
export function judgeTier(count, exitCode) {
  if (count === null) return { ...NOTHING, notes: [`ended with code ${exitCode} and left no report`] };
  if (count.failed > 0) return count;
  if (count.passed === 0) return { ...NOTHING, notes: ['no test ran'] };
  if (exitCode !== 0)
    return { ...count, failed: 1, notes: [`every test passed, but it ended with code ${exitCode}`] };
  return count;
}
