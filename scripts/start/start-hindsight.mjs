import path from 'node:path';
import { isLoopback, secureOriginAdvice } from './addresses.mjs';
import { createMove, needsMove } from './former-database.mjs';
import { planLaunch } from './launch-plan.mjs';
import { findLivekitServer } from '../programs/livekit-server.mjs';
import { createProgress, seconds } from '../setup/progress.mjs';
import { onLivekitPorts } from './ports.mjs';
import { createPostgres } from './postgres.mjs';
import { claimDataDir } from './run-file.mjs';
import { prepareServer, prepareLivekit } from './services.mjs';
import { buildApp, installPackages, readEnvironment, ROOT } from '../setup/setup.mjs';
import { findFfmpeg } from '../programs/system-packages.mjs';

/** @typedef {{ stop(): Promise<void> }} Stoppable */

const FORMER_SETTING =
  'DATABASE_URL=pglite://… is a setting of former releases: Hindsight runs a PostgreSQL server of its own now, in the data folder. Remove the setting.';

/** Sets up what is missing, starts PostgreSQL, LiveKit and the server, and keeps both running until told to stop. */
export async function startHindsight() {
  // A closed terminal or pipe is no reason to end.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  /** These have to be stopped at the end; they are in the order in which they were started. @type {Stoppable[]} */
  const running = [];
  const stopAll = async () => {
    // The newest is stopped first, so that the server can leave LiveKit while that still runs.
    for (const stoppable of running.splice(0).toReversed()) await stoppable.stop();
  };
  const stopping = onStopSignal(stopAll);
  try {
    await launch(running, stopping);
  } catch (error) {
    // A failure that follows from stopping is not reported.
    if (stopping.aborted) return;
    await stopAll();
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

/**
 * @param {Stoppable[]} running is filled as things are started
 * @param {AbortSignal} stopping
 */
async function launch(running, stopping) {
  const startedAt = performance.now();
  const log = console.log;
  const env = await readEnvironment();
  const plan = await planLaunch(env);
  const claim = await claimDataDir(plan.dataDir, { url: plan.origin, log });
  running.push({ stop: claim.release });
  const { formerDatabase } = plan;
  const isMoving = formerDatabase !== null && needsMove(formerDatabase);
  if (env.DATABASE_URL && plan.hasOwnPostgres) log(FORMER_SETTING);
  const progress = createProgress(isMoving ? 7 : 6);

  // LiveKit may have to be built, which takes as long as everything else.
  const findingLivekit = progress.begin(async (say) =>
    plan.hasOwnLivekit ? findLivekitServer({ log: say }) : null,
  );
  await progress.step('Installing packages', installPackages, (outcome) => outcome);
  await progress.step('Building the app', buildApp);
  const ffmpegPath = await progress.step(
    'Looking for ffmpeg',
    (say) => findFfmpeg({ env, log: say }),
    (found) => found,
  );
  const livekitPath = await progress.step(
    'Looking for LiveKit',
    () => findingLivekit,
    (found) => found ?? env.LIVEKIT_URL,
  );
  stopping.throwIfAborted();

  const startPostgres = async () => {
    if (!plan.hasOwnPostgres) return null;
    const postgres = createPostgres({ dataDir: plan.dataDir, claim, log });
    running.push(postgres);
    return postgres.start();
  };
  const startLivekit = async () => {
    if (livekitPath === null) return null;
    return onLivekitPorts(async (ports) => {
      const own = await prepareLivekit({ plan, env, ports, binary: livekitPath, claim, log });
      running.push(own.supervisor);
      await own.supervisor.start();
      return own;
    });
  };
  const own = [plan.hasOwnPostgres && 'PostgreSQL', plan.hasOwnLivekit && 'LiveKit'].filter(Boolean);
  // Neither needs the other. PostgreSQL is remembered first, so it is stopped last.
  const [database, livekit] = await progress.step(`Starting ${own.join(' and ') || 'what it needs'}`, () =>
    Promise.all([startPostgres(), startLivekit()]),
  );
  if (isMoving && database !== null) {
    await progress.step('Moving the database of a former release to PostgreSQL', async (say) => {
      const move = createMove({ folder: formerDatabase, claim });
      running.push(move);
      await move.run(database, say);
    });
    stopping.throwIfAborted();
  }
  await progress.step('Starting the server', async () => {
    const server = prepareServer({
      plan,
      env: {
        NODE_ENV: 'production',
        ...env,
        ...database,
        ...livekit?.settings,
        DATA_DIR: plan.dataDir,
        PORT: String(plan.reach.port),
        FFMPEG_PATH: ffmpegPath,
      },
      claim,
      log,
    });
    running.push(server);
    await server.start();
  });
  log(welcome(plan, livekit?.ports ?? null, performance.now() - startedAt));
}

/**
 * Runs `stop` at Ctrl-C or SIGTERM, then ends the process. A second Ctrl-C ends it at once.
 * @param {() => Promise<void>} stop
 * @returns {AbortSignal} which is aborted when stopping begins
 */
function onStopSignal(stop) {
  const stopping = new AbortController();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, async () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
      console.log('\nStopping: recordings are finished first …');
      await stop();
      console.log('Stopped.');
      process.exit(0);
    });
  }
  return stopping.signal;
}

/**
 * @param {import('./launch-plan.mjs').LaunchPlan} plan
 * @param {{ tcpPort: number, udpPort: number } | null} mediaPorts of our own LiveKit
 * @param {number} durationMs
 */
function welcome(plan, mediaPorts, durationMs) {
  const isOpen = mediaPorts !== null && !isLoopback(plan.reach.host);
  const dataDir = path.relative(ROOT, plan.dataDir);
  const lines = [
    '',
    `Hindsight is ready (${seconds(durationMs)}): ${plan.origin}`,
    `  Data and logs: ${dataDir.startsWith('..') ? plan.dataDir : `./${dataDir}`}    Stop: Ctrl-C`,
    isOpen
      ? `  Others also need ports ${mediaPorts.tcpPort}/tcp and ${mediaPorts.udpPort}/udp of ${plan.address}, for media.`
      : undefined,
    secureOriginAdvice(plan.origin)?.replaceAll(/^/gm, '  '),
  ];
  return lines.filter((line) => line !== undefined).join('\n');
}
