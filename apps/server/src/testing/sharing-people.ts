import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CreatedProgramKey, ProgramKeyScope } from '@hindsight/shared/account/program-key';
import { SECOND } from '@hindsight/shared/units';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { createSessionTokens } from '../auth/session-tokens.ts';
import { createProgramKeys } from '../keys/program-keys.service.ts';
import { createLog } from '../log.ts';
import type { BufferedPeople, Visitor } from './buffered-people.ts';

/** Everybody of `openBufferedPeople` has this password. */
export const PASSWORD = 'correct horse';

/**
 * Lets somebody have shared their screen for eight seconds, until now.
 * @returns the id of the session, whose buffer is there for the grace time
 */
export async function addShare(people: BufferedPeople, { user }: Visitor): Promise<string> {
  const media = { durationMs: 8 * SECOND, width: 320, height: 180, bitrateBps: 200_000 };
  const startMs = Date.now() - media.durationMs;
  const { channelId, bufferDir } = people;
  const session = { userId: user.id, channelId, startMs, endMs: startMs + media.durationMs };
  const { sessionId } = await people.createSession(session);
  await writeSyntheticSession({
    ...media,
    // Nobody looks at its pictures.
    ...{ bufferDir, room: channelId, user: user.id, sessionId, startMs, clockFromMs: 0 },
  });
  return sessionId;
}

/** Makes a key for another program, without the password that the procedure asks for: hashing takes most of a test's time. */
export function makeKey(
  { db }: BufferedPeople,
  { user }: Visitor,
  scope: ProgramKeyScope,
  {
    expiresInHours = null,
    pressSeconds = null,
  }: { expiresInHours?: number | null; pressSeconds?: number | null } = {},
): Promise<CreatedProgramKey> {
  const keys = createProgramKeys({ db, log: createLog({ level: 'silent' }) });
  return keys.create(user, { name: 'test', scope, pressSeconds, expiresInHours });
}

/** Returns the token of a session of somebody's, as the cookie holds it. */
export async function tokenOf({ dataDir }: BufferedPeople, { user }: Visitor): Promise<string> {
  const secret = (await readFile(join(dataDir, 'jwt-secret'), 'utf8')).trim();
  return createSessionTokens({ secret }).mint({ userId: user.id, tokenVersion: 0 });
}
