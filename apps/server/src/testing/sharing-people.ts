import type { CreatedProgramKey, ProgramKeyScope } from '@hindsight/shared/account/program-key';
import { SECOND } from '@hindsight/shared/units';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import type { ApiClient } from './api-client.ts';
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
    ...{ bufferDir, room: channelId, user: user.id, sessionId, startMs },
  });
  return sessionId;
}

/** Makes a key for another program. */
export function makeKey(api: ApiClient, scope: ProgramKeyScope, expiresInHours: number | null = null) {
  return api.mutate<CreatedProgramKey>('key.create', {
    ...{ name: 'test', scope, expiresInHours, password: PASSWORD },
  });
}
