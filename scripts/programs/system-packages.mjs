// This module finds programs that come from the operating system's packages: ffmpeg and, for the tests, browsers and a desktop.
import { readFile } from 'node:fs/promises';
import { findOnPath, isExecutable, mustRun } from '../setup/command.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { packageManagerOf } from './package-manager.mjs';

/** @typedef {{ env: NodeJS.ProcessEnv, log: (line: string) => void }} FindOptions */

async function packageManagerHere() {
  return packageManagerOf({
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    osRelease: await readFile('/etc/os-release', 'utf8').catch(() => ''),
    hasBrew: (await findOnPath('brew')) !== null,
  });
}

/**
 * @param {import('./package-manager.mjs').PackageManager} manager
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
 * Returns the path of ffmpeg: from FFMPEG_PATH or PATH, else it is installed now where that is possible. ffprobe comes with it.
 * @param {FindOptions} options
 * @throws {SetupError} with the command to type
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

/**
 * Describes how to find a browser.
 * @typedef {object} Browser
 * @property {string} variable of the environment that names its program
 * @property {string[]} names of its program
 * @property {string[]} macPaths of the Mac's applications
 * @property {[string, ...string[]]} packages of Debian, the program's first
 * @property {string} remedy what to type where they can't be installed
 */

/** @type {Browser} */
const CHROMIUM = {
  variable: 'CHROMIUM_PATH',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  macPaths: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  packages: ['chromium', 'fonts-liberation'],
  remedy: `The tests drive a real Chromium or Chrome. Install one and start again:
  Debian           sudo apt-get install chromium
  Ubuntu, others   https://www.google.com/chrome
  macOS            brew install --cask google-chrome
  or set CHROMIUM_PATH to one that you have.`,
};

/** @type {Browser} */
const FIREFOX = {
  variable: 'FIREFOX_PATH',
  names: ['firefox-esr', 'firefox'],
  macPaths: ['/Applications/Firefox.app/Contents/MacOS/firefox'],
  packages: ['firefox-esr'],
  remedy: `The tests drive a real Firefox. Install one and start again:
  Debian           sudo apt-get install firefox-esr
  Fedora           sudo dnf install firefox
  Ubuntu, others   https://www.mozilla.org/firefox
  macOS            brew install --cask firefox
  or set FIREFOX_PATH to one that you have.`,
};

/**
 * Returns the path of a Chromium that encodes H.264 (Playwright's own build cannot, so it is not considered): from
 * CHROMIUM_PATH, PATH or the Mac's applications, else it is installed now from Debian's packages.
 * @param {FindOptions} options
 * @throws {SetupError} with the command to type
 */
export function findChromium(options) {
  return findBrowser(CHROMIUM, options);
}

/**
 * Returns the path of a Firefox: from FIREFOX_PATH, PATH or the Mac's applications, else it is installed now from Debian's
 * packages.
 * @param {FindOptions} options
 * @throws {SetupError} with the command to type
 */
export function findFirefox(options) {
  return findBrowser(FIREFOX, options);
}

/** These programs are a desktop without a screen, on which the browser extension is tested beside another program. */
const DESKTOP_PROGRAMS = [
  { name: 'Xvfb', aptPackage: 'xvfb' },
  { name: 'xdotool', aptPackage: 'xdotool' },
  { name: 'xterm', aptPackage: 'xterm' },
];

/**
 * Sees to it that there is a desktop for tests: its programs are on PATH, else they are installed now from Debian's packages.
 * @param {FindOptions} options
 * @returns {Promise<string>} the path of the X server
 * @throws {SetupError} with the command to type
 */
export async function findTestDesktop({ env, log }) {
  const missing = [];
  for (const { name, aptPackage } of DESKTOP_PROGRAMS)
    if (!(await findOnPath(name, env))) missing.push(aptPackage);
  if (missing.length > 0) {
    const manager = await packageManagerHere();
    if (manager !== 'apt')
      throw new SetupError(`The tests need ${DESKTOP_PROGRAMS.map(({ name }) => name).join(', ')}. Install them and start again:
  Debian, Ubuntu   sudo apt-get install xvfb xdotool xterm
  Fedora           sudo dnf install xorg-x11-server-Xvfb xdotool xterm`);
    log(`Installing ${missing.join(', ')} with apt …`);
    await install(manager, missing);
  }
  return required('Xvfb', env);
}

/** In these packages of Debian are GStreamer's program and what it plays clips with. */
const GSTREAMER_PACKAGES = [
  'gstreamer1.0-tools',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-bad',
  'gstreamer1.0-libav',
];

/**
 * Returns the path of GStreamer's program, in which tests look at clips: from PATH, else it is installed now from Debian's packages.
 * @param {FindOptions} options
 * @throws {SetupError} with the command to type
 */
export async function findGStreamer({ env, log }) {
  const found = await findOnPath('gst-launch-1.0', env);
  if (found) return found;
  if ((await packageManagerHere()) !== 'apt')
    throw new SetupError(`The tests look at clips in GStreamer. Install it and start again:
  Debian, Ubuntu   sudo apt-get install ${GSTREAMER_PACKAGES.join(' ')}
  Fedora           sudo dnf install gstreamer1 gstreamer1-plugins-good gstreamer1-plugins-bad-free gstreamer1-plugin-libav
  macOS            brew install gstreamer`);
  log('Installing GStreamer with apt …');
  await install('apt', GSTREAMER_PACKAGES);
  return required('gst-launch-1.0', env);
}

/**
 * @param {Browser} browser
 * @param {FindOptions} options
 */
async function findBrowser({ variable, names, macPaths, packages, remedy }, { env, log }) {
  const named = env[variable];
  if (named) {
    if (await isExecutable(named)) return named;
    throw new SetupError(`${variable} is ${named}, but there is no program there.`);
  }
  for (const name of names) {
    const found = await findOnPath(name, env);
    if (found) return found;
  }
  if (process.platform === 'darwin') {
    for (const file of macPaths) if (await isExecutable(file)) return file;
  }
  const manager = await packageManagerHere();
  if (manager !== 'apt') throw new SetupError(remedy);
  const [program] = packages;
  log(`Installing ${program} with apt …`);
  await install(manager, packages);
  return required(program, env);
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
