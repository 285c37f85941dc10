// This module finds an S3 server over a folder, for tests: Versity's S3 gateway. It uses Node's own modules only.
import { isExecutable } from '../setup/command.mjs';
import { buildWithGo, cachePath, MIN_GO, versionOf } from './go-program.mjs';
import { isAtLeast } from './version.mjs';

const VERSITYGW_VERSION = '1.8.0';
const MIN_VERSITYGW = [1, 8];

const TWO_WAYS = `The tests of object storage need an S3 server. One of these two gives them one:
  1. Install Go ${MIN_GO.join('.')} or newer (https://go.dev/dl), or let Go's module proxy be reached (GOPROXY), from which a Go is
     then fetched for this; versitygw is then built once, in about two minutes.
  2. Install versitygw ${VERSITYGW_VERSION} on this machine, so that it is on PATH
     (https://github.com/versity/versitygw/releases).`;

/**
 * Returns the path of a usable versitygw: the one on PATH, else the one built before, else one that is built now with Go.
 * @param {{ log?: (line: string) => void }} [options] `log` is told what takes long
 * @returns {Promise<string>}
 * @throws {SetupError} naming the ways to get one
 */
export async function findS3Server({ log = () => {} } = {}) {
  if (isAtLeast(await versionOf('versitygw', ['--version']), MIN_VERSITYGW)) return 'versitygw';
  const cached = cachePath('versitygw', VERSITYGW_VERSION);
  if (await isExecutable(cached)) return cached;
  await buildWithGo({
    title: `versitygw ${VERSITYGW_VERSION}`,
    goPackage: `github.com/versity/versitygw/cmd/versitygw@v${VERSITYGW_VERSION}`,
    target: cached,
    remedy: TWO_WAYS,
    log,
  });
  return cached;
}
