import { findLivekitServer } from './programs/livekit-server.mjs';
import { endQuietCommands } from './setup/command.mjs';
import { createProgress, seconds } from './setup/progress.mjs';
import { buildApp, generateClient, installPackages, ROOT, toolEnvironment } from './setup/setup.mjs';
import {
  findChromium,
  findFfmpeg,
  findFirefox,
  findGStreamer,
  findTestDesktop,
} from './programs/system-packages.mjs';
import { findS3Server } from './programs/s3-server.mjs';
import { chooseTiers, MEDIA_TIERS, runTier } from './test-tiers.mjs';

/** @typedef {import('./test-tiers.mjs').Tier} Tier */
/** @typedef {import('./test-reports.mjs').Count} Count */

/**
 * Sets up, runs the tiers and prints what came of them; the last line is always `N passed, N failed`.
 * @param {string[]} args names of tiers; none: all
 * @returns {Promise<number>} the exit code
 */
export async function testHindsight(args) {
  let passed = 0;
  let failed = 0;
  try {
    const tiers = chooseTiers(args);
    const env = await setUp(tiers);
    const summary = [];
    for (const tier of tiers) {
      console.log(`\n== ${tier} ${'='.repeat(74 - tier.length)}`);
      const startedAt = performance.now();
      const count = await runTier(tier, env);
      const durationMs = performance.now() - startedAt;
      console.log(`\nWhat took longest:\n${count.slowest.map(timed).join('\n')}`);
      passed += count.passed;
      failed += count.failed;
      summary.push(summaryOf(tier, count, durationMs));
    }
    console.log(`\n${'='.repeat(78)}\n${summary.join('\n')}\n`);
  } catch (error) {
    endQuietCommands();
    failed += 1;
    console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/**
 * @param {Tier[]} tiers
 * @returns {Promise<NodeJS.ProcessEnv>} the environment for the runners
 */
async function setUp(tiers) {
  const needsMedia = tiers.some((tier) => MEDIA_TIERS.includes(tier));
  const needsDesktop = tiers.includes('e2e');
  const needsGStreamer = tiers.includes('media');
  // Some tests of the `unit` tier run a whole server, which looks for ffmpeg when it starts.
  const needsFfmpeg = needsMedia || tiers.includes('unit');
  const needs = (needsFfmpeg ? 1 : 0) + (needsMedia ? 4 : 0) + (needsGStreamer ? 1 : 0);
  const progress = createProgress(2 + needs + (needsDesktop ? 1 : 0));
  // Both may have to be built. One waits for the other, because a build takes all cores.
  const livekit = progress.begin(async (log) => (needsMedia ? findLivekitServer({ log }) : ''));
  const s3Server = progress.begin(async (log) => {
    await livekit;
    return needsMedia ? findS3Server({ log }) : '';
  });
  await progress.step('Installing packages', installPackages, (outcome) => outcome);
  if (tiers.includes('e2e')) await progress.step('Building the app', buildApp);
  else await progress.step('Generating the database client', generateClient);
  const env = toolEnvironment();
  if (!needsFfmpeg) return env;
  const found = (/** @type {string} */ path) => path;
  const ffmpegPath = await progress.step('Looking for ffmpeg', (log) => findFfmpeg({ env, log }), found);
  if (!needsMedia) return { ...env, FFMPEG_PATH: ffmpegPath };
  const chromiumPath = await progress.step(
    'Looking for Chromium',
    (log) => findChromium({ env, log }),
    found,
  );
  const firefoxPath = await progress.step('Looking for Firefox', (log) => findFirefox({ env, log }), found);
  if (needsGStreamer)
    await progress.step('Looking for GStreamer', (log) => findGStreamer({ env, log }), found);
  if (needsDesktop)
    await progress.step('Looking for a desktop', (log) => findTestDesktop({ env, log }), found);
  await progress.step('Looking for LiveKit', () => livekit, found);
  await progress.step('Looking for an S3 server', () => s3Server, found);
  return { ...env, FFMPEG_PATH: ffmpegPath, CHROMIUM_PATH: chromiumPath, FIREFOX_PATH: firefoxPath };
}

/** @param {import('./test-reports.mjs').Timed} test */
function timed({ name, durationMs }) {
  return `${(durationMs / 1000).toFixed(1).padStart(7)} s  ${name.replace(`${ROOT}/`, '')}`;
}

/**
 * @param {Tier} tier
 * @param {Count} count
 * @param {number} durationMs
 */
function summaryOf(tier, { passed, failed, notes }, durationMs) {
  const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`;
  return [`${tier.padEnd(10)}${counts}   ${seconds(durationMs)}`, ...notes.map((note) => `    ${note}`)].join(
    '\n',
  );
}
