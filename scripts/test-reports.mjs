// Counts what the test runners wrote down. What was not run did not pass: skipped and flaky tests count as failed.

/** @typedef {{ passed: number, failed: number, notes: string[] }} Count */

/**
 * @param {{ testResults: { name: string, status: string, message?: string,
 *   assertionResults: { fullName: string, status: string }[] }[] }} report of vitest's `json` reporter
 * @returns {Count}
 */
export function countVitest(report) {
  let passed = 0;
  const notes = [];
  for (const file of report.testResults) {
    if (file.assertionResults.length === 0) notes.push(`${file.name}: no test ran`);
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed += 1;
      else notes.push(`${test.fullName}: ${test.status}`);
    }
  }
  return { passed, failed: notes.length, notes };
}

/**
 * @typedef {object} PlaywrightSuite
 * @property {string} title
 * @property {PlaywrightSuite[]} [suites]
 * @property {{ title: string, tests: { status: string }[] }[]} [specs]
 */

/**
 * @param {{ suites: PlaywrightSuite[], errors?: { message?: string }[] }} report of Playwright's `json` reporter
 * @returns {Count}
 */
export function countPlaywright(report) {
  let passed = 0;
  const notes = (report.errors ?? []).map((error) => error.message ?? 'an error outside of any test');
  /** @param {PlaywrightSuite[]} suites */
  const visit = (suites) => {
    for (const suite of suites) {
      visit(suite.suites ?? []);
      for (const spec of suite.specs ?? []) {
        for (const test of spec.tests) {
          if (test.status === 'expected') passed += 1;
          else notes.push(`${spec.title}: ${test.status === 'unexpected' ? 'failed' : test.status}`);
        }
      }
    }
  };
  visit(report.suites);
  return { passed, failed: notes.length, notes };
}

/**
 * A tier's count, with what its report cannot say: that the runner crashed, or found no test at all.
 * @param {Count | null} count null when there is no report
 * @param {number} exitCode
 * @returns {Count}
 */
export function judgeTier(count, exitCode) {
  if (count === null)
    return { passed: 0, failed: 1, notes: [`ended with code ${exitCode} and left no report`] };
  if (count.failed > 0) return count;
  if (count.passed === 0) return { passed: 0, failed: 1, notes: ['no test ran'] };
  if (exitCode !== 0)
    return { ...count, failed: 1, notes: [`every test passed, but it ended with code ${exitCode}`] };
  return count;
}
