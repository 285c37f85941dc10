import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from './setup/command.mjs';
import { pnpm, ROOT } from './setup/setup.mjs';
import { countPlaywright, countVitest, judgeTier } from './test-reports.mjs';

/** @typedef {import('./test-reports.mjs').Count} Count */
/** @typedef {'checks' | 'unit' | 'media' | 'e2e'} Tier */

/** In the order they run: what fails soonest comes first. @type {readonly Tier[]} */
const TIERS = ['checks', 'unit', 'media', 'e2e'];

/** Tiers that need browsers, a LiveKit server and an S3 server; the `unit` tier needs ffmpeg alone. @type {readonly Tier[]} */
export const MEDIA_TIERS = ['media', 'e2e'];

/**
 * The tiers that were asked for, all when none was.
 * @param {readonly string[]} names
 * @returns {Tier[]}
 * @throws {Error} naming the tiers there are
 */
export function chooseTiers(names) {
  const unknown = names.filter((name) => !TIERS.some((tier) => tier === name));
  if (unknown.length > 0) {
    throw new Error(`There is no tier called ${unknown.join(', ')}. There are: ${TIERS.join(', ')}.`);
  }
  return TIERS.filter((tier) => names.length === 0 || names.includes(tier));
}

/** Linting and checking types are written in Go, and end before collecting their memory more often would be worth its time. */
const GO_SETTINGS = { GOGC: '400' };

async function checks() {
  return [
    { name: 'unused code', command: 'knip', args: [] },
    { name: 'unused production code', command: 'knip', args: ['--production'] },
    { name: 'types', ...(await pnpm(['run', 'typecheck'])) },
    { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings', '.'] },
    { name: 'formatting', command: 'oxfmt', args: ['--check'] },
  ];
}

/**
 * Runs one tier, its output straight to the terminal.
 * @param {Tier} tier
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Count>}
 */
export async function runTier(tier, env) {
  if (tier === 'checks') return runChecks(env);
  if (tier === 'e2e') return runPlaywright(env);
  const projects = tier === 'unit' ? ['unit', 'web'] : [tier];
  const reporters = ['--reporter=default', '--reporter=json'];
  return withReport(countVitest, (reportFile) =>
    runCommand(
      'vitest',
      [
        'run',
        ...projects.map((name) => `--project=${name}`),
        ...reporters,
        `--outputFile.json=${reportFile}`,
      ],
      { cwd: ROOT, env },
    ),
  );
}

/** All at once: one of them hardly uses more than one core. @param {NodeJS.ProcessEnv} env */
async function runChecks(env) {
  /** @type {Count} */
  const count = { passed: 0, failed: 0, notes: [], slowest: [] };
  await Promise.all(
    (await checks()).map(async ({ name, command, args }) => {
      const startedAt = performance.now();
      const { code, output } = await runCommand(command, args, {
        cwd: ROOT,
        env: { ...env, ...GO_SETTINGS },
        isQuiet: true,
      });
      count.slowest.push({ name, durationMs: performance.now() - startedAt });
      console.log(code === 0 ? `ok  ${name}` : `${output.trimEnd()}\nFAILED  ${name}`);
      if (code === 0) count.passed += 1;
      else {
        count.failed += 1;
        count.notes.push(name);
      }
    }),
  );
  return count;
}

/** @param {NodeJS.ProcessEnv} env */
async function runPlaywright(env) {
  return withReport(countPlaywright, (reportFile) =>
    runCommand(
      path.join(ROOT, 'e2e', 'node_modules', '.bin', 'playwright'),
      ['test', '--reporter=list,json'],
      {
        cwd: path.join(ROOT, 'e2e'),
        env: { ...env, E2E_TIER: '1', PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile },
      },
    ),
  );
}

/**
 * @template Report
 * @param {(report: Report) => Count} countReport
 * @param {(reportFile: string) => Promise<{ code: number }>} run
 */
async function withReport(countReport, run) {
  const folder = await mkdtemp(path.join(tmpdir(), 'hindsight-report-'));
  try {
    const reportFile = path.join(folder, 'report.json');
    const { code } = await run(reportFile);
    const text = await readFile(reportFile, 'utf8').catch(() => null);
    return judgeTier(text === null ? null : countReport(JSON.parse(text)), code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
