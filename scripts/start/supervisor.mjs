import { setTimeout as delay } from 'node:timers/promises';
import { restartDelayMs } from './restart-delay.mjs';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */

/** A process that ran this long before it died is restarted at once, because it does not crash repeatedly. */
const SETTLED_MS = 30_000;
/** The last output of a dead process may still arrive this long after its exit. */
const LAST_OUTPUT_MS = 100;

/**
 * Keeps one process running: when it dies it is started again, sooner if it had run for a while.
 * @param {object} options
 * @param {string} options.name
 * @param {() => ChildProcess} options.start
 * @param {(child: ChildProcess) => Promise<void>} options.end asks the process to end and waits for it
 * @param {NodeJS.Signals} [options.lastResort] ends it when nobody can wait for it any more
 * @param {(signal: AbortSignal) => Promise<void>} options.untilHealthy rejects when the signal aborts
 * @param {() => string} options.lastOutput what the process printed last
 * @param {(line: string) => void} options.log
 * @param {(pid: number) => void} options.onPid is called with the id of each new process
 */
export function createSupervisor({
  name,
  start,
  end,
  lastResort = 'SIGTERM',
  untilHealthy,
  lastOutput,
  log,
  onPid,
}) {
  /** @type {ChildProcess | null} */
  let child = null;
  let isEnding = false;
  let failures = 0;
  const ending = new AbortController();
  // This is the last resort in case this process ends without stopping anything.
  process.on('exit', () => child?.kill(lastResort));

  /** Starts the process; resolves with how it died. */
  function launch() {
    const startedAt = performance.now();
    const launched = start();
    child = launched;
    if (launched.pid !== undefined) onPid(launched.pid);
    return new Promise((/** @type {(how: string) => void} */ resolve) => {
      launched.once('error', (error) => resolve(`could not be started (${error.message})`));
      launched.once('exit', (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`),
      );
    }).finally(() => {
      failures = performance.now() - startedAt > SETTLED_MS ? 1 : failures + 1;
    });
  }

  /** @param {Promise<string>} firstDeath */
  async function keepRunning(firstDeath) {
    let death = firstDeath;
    while (!isEnding) {
      const how = await death;
      if (isEnding) return;
      const delayMs = restartDelayMs(failures);
      log(`${name} ${how}; starting it again in ${delayMs / 1000} s.`);
      await delay(delayMs, undefined, { signal: ending.signal }).catch(() => {});
      if (isEnding) return;
      death = launch();
      const gaveUp = new AbortController();
      void death.then(() => gaveUp.abort());
      void untilHealthy(gaveUp.signal).then(
        () => log(`${name} is back.`),
        () => {},
      );
    }
  }

  return {
    /**
     * Starts the process and resolves when it is healthy; from then on it is kept running.
     * @throws {Error} when it dies before that, because it would only die again
     */
    async start() {
      const death = launch();
      const gaveUp = new AbortController();
      void death.then(() => gaveUp.abort());
      try {
        await untilHealthy(gaveUp.signal);
        // What answered may be another process that has taken the port.
        gaveUp.signal.throwIfAborted();
      } catch (error) {
        if (!gaveUp.signal.aborted) throw error;
        await delay(LAST_OUTPUT_MS);
        throw new Error(`${name} ${await death} before it was ready. It said:\n${lastOutput()}`, {
          cause: error,
        });
      }
      void keepRunning(death);
    },
    /** Ends the process and stops restarting it. */
    async stop() {
      isEnding = true;
      ending.abort();
      if (child && child.exitCode === null && child.signalCode === null) await end(child);
    },
  };
}
