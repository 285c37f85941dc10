// Programs that come from the operating system's packages: ffmpeg and, for the tests, Chromium and Firefox.
import { readFile } from 'node:fs/promises';
import { findOnPath, isExecutable, mustRun } from './command.mjs';
import { SetupError } from './setup-error.mjs';

/** @typedef {'apt' | 'brew'} PackageManager */

/**
 * How packages can be installed here without asking anybody: apt as root on Debian and its kin, Homebrew on macOS.
 * @param {{ platform: string, isRoot: boolean, osRelease: string, hasBrew: boolean }} machine
 * @returns {PackageManager | null}
 */
export function packageManagerOf({ platform, isRoot, osRelease, hasBrew }) {
  if (platform === 'darwin') return hasBrew ? 'brew' : null;
  const isDebian = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
  return platform === 'linux' && isDebian && isRoot ? 'apt' : null;
}

async function packageManagerHere() {
  return packageManagerOf({
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    osRelease: await readFile('/etc/os-release', 'utf8').catch(() => ''),
    hasBrew: (await findOnPath('brew')) !== null,
  });
}

/**
 * @param {PackageManager} manager
 * @param {string[]} packages
 */
async function install(manager, packages) {
  const doing = `Installing ${packages.join(' and ')}`;
  if (manager === 'brew') return mustRun('brew', ['install', ...packages], { doing });
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await mustRun('apt-get', ['update', '-q'], { doing: 'Reading the package lists', env });
  await mustRun('apt-get', ['install', '-qy', '--no-install-recommends', ...packages], { doing, env });
}

/**
 * The path of ffmpeg: FFMPEG_PATH, PATH, else installed now where that is possible. ffprobe comes with it.
 * @param {{ env: NodeJS.ProcessEnv, log: (line: string) => void }} options
 * @throws {SetupError} with what to type
 */
export async function findFfmpeg({ env, log }) {
  if (env.FFMPEG_PATH) {
    const named = (await isExecutable(env.FFMPEG_PATH))
      ? env.FFMPEG_PATH
      : await findOnPath(env.FFMPEG_PATH, env);
    if (named) return named;
    throw new SetupError(
      `FFMPEG_PATH is ${env.FFMPEG_PATH}, but there is no program there. Correct or unset it.`,
    );
  }
  const found = await findOnPath('ffmpeg', env);
  if (found) return found;
  const manager = await packageManagerHere();
  if (!manager) {
    throw new SetupError(`Hindsight needs ffmpeg to save clips. Install it and start again:
  Debian, Ubuntu   sudo apt-get install ffmpeg
  Fedora           sudo dnf install ffmpeg
  macOS            brew install ffmpeg
  or set FFMPEG_PATH to a program that you have.`);
  }
  log(`Installing ffmpeg with ${manager} …`);
  await install(manager, ['ffmpeg']);
  return required('ffmpeg', env);
}

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_BROWSERS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * The path of a Chromium that encodes H.264 (Playwright's own build cannot, so it is no candidate):
 * CHROMIUM_PATH, PATH, the Mac's applications, else installed now from Debian's packages.
 * @param {{ env: NodeJS.ProcessEnv, log: (line: string) => void }} options
 * @throws {SetupError} with what to type
 */
export async function findChromium({ env, log }) {
  if (env.CHROMIUM_PATH) {
    if (await isExecutable(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH;
    throw new SetupError(`CHROMIUM_PATH is ${env.CHROMIUM_PATH}, but there is no program there.`);
  }
  for (const name of CHROMIUM_NAMES) {
    const found = await findOnPath(name, env);
    if (found) return found;
  }
  if (process.platform === 'darwin') {
    for (const file of MAC_BROWSERS) if (await isExecutable(file)) return file;
  }
  const manager = await packageManagerHere();
  if (manager !== 'apt') {
    throw new SetupError(`The tests drive a real Chromium or Chrome. Install one and start again:
  Debian           sudo apt-get install chromium
  Ubuntu, others   https://www.google.com/chrome
  macOS            brew install --cask google-chrome
  or set CHROMIUM_PATH to one that you have.`);
  }
  log('Installing chromium with apt …');
  await install(manager, ['chromium', 'fonts-liberation']);
  return required('chromium', env);
}

const FIREFOX_NAMES = ['firefox-esr', 'firefox'];
const MAC_FIREFOX = '/Applications/Firefox.app/Contents/MacOS/firefox';

/**
 * The path of a Firefox: FIREFOX_PATH, PATH, the Mac's applications, else installed now from Debian's packages.
 * @param {{ env: NodeJS.ProcessEnv, log: (line: string) => void }} options
 * @throws {SetupError} with what to type
 */
export async function findFirefox({ env, log }) {
  if (env.FIREFOX_PATH) {
    if (await isExecutable(env.FIREFOX_PATH)) return env.FIREFOX_PATH;
    throw new SetupError(`FIREFOX_PATH is ${env.FIREFOX_PATH}, but there is no program there.`);
  }
  for (const name of FIREFOX_NAMES) {
    const found = await findOnPath(name, env);
    if (found) return found;
  }
  if (process.platform === 'darwin' && (await isExecutable(MAC_FIREFOX))) return MAC_FIREFOX;
  const manager = await packageManagerHere();
  if (manager !== 'apt') {
    throw new SetupError(`The tests drive a real Firefox. Install one and start again:
  Debian           sudo apt-get install firefox-esr
  Fedora           sudo dnf install firefox
  Ubuntu, others   https://www.mozilla.org/firefox
  macOS            brew install --cask firefox
  or set FIREFOX_PATH to one that you have.`);
  }
  log('Installing firefox-esr with apt …');
  await install(manager, ['firefox-esr']);
  return required('firefox-esr', env);
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
async function required(name, env) {
  const found = await findOnPath(name, env);
  if (found) return found;
  throw new SetupError(`${name} was installed, but is not on PATH.`);
}
