import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '@hindsight/shared/error-code';
import { SECOND } from '@hindsight/shared/units';
import type { Servers } from './servers.ts';

/** Servers on one database can't work together as they are configured. The text is for the person who runs them. */
export class ClusterError extends Error {
  constructor(problem: string, remedy: string) {
    super(`${problem}\n${remedy}`);
    this.name = 'ClusterError';
  }
}

const MARKS = '.servers';
/** A server leaves its mark soon after its start, but network file systems may show it late. */
const MARK_WAIT_MS = 5 * SECOND;
const MARK_POLL_MS = 100;

export interface AgreementOptions {
  servers: Pick<Servers, 'id' | 'liveIds'>;
  /** All servers must see these existing folders as the same folders. */
  folders: readonly string[];
  /** All servers must have the same values here. */
  secrets: readonly string[];
  markWaitMs?: number;
}

/**
 * Makes certain that this server and the live ones see the same files and have the same secrets, by a mark that each
 * leaves in each folder. Otherwise every other request would sign people out, and captures would find no buffer.
 * @returns the function that removes this server's marks
 * @throws ClusterError
 */
export async function requireAgreement({
  servers,
  folders,
  secrets,
  markWaitMs = MARK_WAIT_MS,
}: AgreementOptions): Promise<() => Promise<void>> {
  const fingerprint = createHash('sha256').update(JSON.stringify(secrets)).digest('base64url');
  const markOf = (folder: string, id: string) => join(folder, MARKS, id);

  async function removeMarks(): Promise<void> {
    await Promise.all(folders.map((folder) => rm(markOf(folder, servers.id), { force: true })));
  }

  for (const folder of folders) {
    await mkdir(join(folder, MARKS), { recursive: true });
    await forgetDead(folder, servers);
    await writeFile(markOf(folder, servers.id), fingerprint, { mode: 0o600 });
  }
  try {
    for (const folder of folders) {
      for (const id of await servers.liveIds()) {
        const mark = await waitForMark(markOf(folder, id), markWaitMs);
        if (mark === null && !(await servers.liveIds()).includes(id)) continue;
        if (mark === null)
          throw new ClusterError(
            `Another server on this database does not use the folder ${folder}.`,
            'All servers must see the same files: mount one network folder on each, and set DATA_DIR (or ' +
              'REPLAY_BUFFER_PATH and REPLAY_STORAGE_PATH) to it.',
          );
        if (mark !== fingerprint)
          throw new ClusterError(
            'Another server on this database has other secrets.',
            'Give all servers the same JWT_SECRET, LIVEKIT_API_KEY and LIVEKIT_API_SECRET; to change them, stop all first.',
          );
      }
    }
  } catch (error) {
    await removeMarks();
    throw error;
  }
  return removeMarks;
}

async function forgetDead(folder: string, servers: Pick<Servers, 'liveIds'>): Promise<void> {
  // The marks are listed before the servers, because a server is registered before it leaves a mark.
  const names = await readdir(join(folder, MARKS));
  const live = new Set(await servers.liveIds());
  for (const name of names) if (!live.has(name)) await rm(join(folder, MARKS, name), { force: true });
}

async function waitForMark(path: string, waitMs: number): Promise<string | null> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const mark = await readFile(path, 'utf8').catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return '';
      throw error;
    });
    if (mark !== '') return mark;
    if (performance.now() > deadline) return null;
    await sleep(MARK_POLL_MS);
  }
}
