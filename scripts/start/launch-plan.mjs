// This module decides from the environment what will be started and with which settings.
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { announcedAddress, isLoopback, localOrigin, publicOrigin } from './addresses.mjs';
import { folderOfSetting } from './former-database.mjs';
import { tryTcpPort } from './ports.mjs';
import { ROOT } from '../setup/setup.mjs';
import { SetupError } from '../setup/setup-error.mjs';

const DEFAULT_PORT = 3000;

/**
 * @typedef {object} LaunchPlan
 * @property {string} dataDir
 * @property {import('./addresses.mjs').Reach} reach
 * @property {string} address the IP address at which browsers find this machine
 * @property {string} localOrigin the server's origin as seen from this machine
 * @property {string} origin the server's origin as people open it
 * @property {boolean} hasOwnPostgres whether we start PostgreSQL ourselves
 * @property {string | null} formerDatabase the folder in which a former release may have left its database, which then moves
 * @property {boolean} hasOwnLivekit whether we start LiveKit ourselves
 */

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<LaunchPlan>}
 * @throws {SetupError} when a setting cannot work here
 */
export async function planLaunch(env) {
  const host = env.HOST || '127.0.0.1';
  const reach = {
    host,
    port: await freePort(host, env.PORT),
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, '') || undefined,
    hasTls: Boolean(env.TLS_CERT),
  };
  if (env.LIVEKIT_URL && !(env.LIVEKIT_API_KEY && env.LIVEKIT_API_SECRET)) {
    throw new SetupError('LIVEKIT_URL is set: LIVEKIT_API_KEY and LIVEKIT_API_SECRET are needed with it.');
  }
  const address = await announcedAddress(host, networkInterfaces()).catch(() => {
    throw new SetupError(`HOST is ${host}, which is no address of this machine.`);
  });
  const dataDir = path.resolve(ROOT, env.DATA_DIR || 'data');
  // The former default could also be set, and a folder elsewhere.
  const formerSetting = folderOfSetting(env.DATABASE_URL);
  const hasOwnPostgres = !env.DATABASE_URL || formerSetting !== null;
  return {
    dataDir,
    reach,
    address,
    localOrigin: localOrigin(reach),
    origin: publicOrigin(reach, address),
    hasOwnPostgres,
    formerDatabase: hasOwnPostgres ? (formerSetting ?? path.join(dataDir, 'db')) : null,
    hasOwnLivekit: !env.LIVEKIT_URL,
  };
}

/**
 * Returns the port to serve on after checking that it is free; 0 stands for any.
 * @param {string} host
 * @param {string | undefined} setting
 */
async function freePort(host, setting) {
  const wanted = Number(setting || DEFAULT_PORT);
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) {
    throw new SetupError(`PORT is ${setting}, which is no port. Choose one from 1 to 65535.`);
  }
  const free = await tryTcpPort(wanted, host).catch((/** @type {NodeJS.ErrnoException} */ error) => {
    const why = error.code === 'EACCES' ? 'ports below 1024 are for root' : error.message;
    throw new SetupError(`Cannot listen on ${isLoopback(host) ? '' : `${host} `}port ${wanted}: ${why}.`);
  });
  if (free !== null) return free;
  throw new SetupError(
    `Port ${wanted} is in use by another program. Choose another one:\n\n  PORT=${wanted + 1} npm start\n`,
  );
}
