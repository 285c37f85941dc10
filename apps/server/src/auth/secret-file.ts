import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '@hindsight/shared/error-code';
import { SECOND } from '@hindsight/shared/units';
import { isWithoutLinks, type MakeLink } from '../storage/hard-links.ts';

const SECRET_BYTES = 48;
/** A process that creates the file takes milliseconds. After this, it has been killed. */
const CLAIM_HOLDS_MS = 5 * SECOND;
const LOOK_EVERY_MS = 20;

/**
 * Reads the secret in a file that only its owner can read, and creates it at the first call. Processes that create it at
 * the same time all get the same secret: the file appears complete or not at all, and the first one stays.
 */
export async function readOrCreateSecret(path: string, makeLink: MakeLink = link): Promise<string> {
  const kept = await readIfThere(path);
  if (kept !== null) return kept;
  await mkdir(dirname(path), { recursive: true });
  const temporaryPath = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporaryPath, `${randomBytes(SECRET_BYTES).toString('base64url')}\n`, { mode: 0o600 });
  try {
    await makeLink(temporaryPath, path);
  } catch (error) {
    if (isWithoutLinks(error)) await moveIfFirst(temporaryPath, path);
    else if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(temporaryPath, { force: true });
  }
  return (await readFile(path, 'utf8')).trim();
}

/** Gives a file its name where there are no hard links, unless another process has given that name to its own. */
async function moveIfFirst(temporaryPath: string, path: string): Promise<void> {
  // Each file system lets one process alone create a folder.
  const claim = `${path}.claim`;
  while ((await readIfThere(path)) === null) {
    try {
      await mkdir(claim);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      if (await isAbandoned(claim)) await rm(claim, { recursive: true, force: true });
      else await sleep(LOOK_EVERY_MS);
      continue;
    }
    try {
      if ((await readIfThere(path)) === null) await rename(temporaryPath, path);
    } finally {
      await rm(claim, { recursive: true, force: true });
    }
  }
}

async function isAbandoned(claim: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(claim)).mtimeMs > CLAIM_HOLDS_MS;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
