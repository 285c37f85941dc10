import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@hindsight/db/database';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import type { CaptureResult } from '@hindsight/shared/replay/replay';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { createSessionTokens } from '../auth/session-tokens.ts';
import { createApiClient } from './api-client.ts';
import { openBufferedPeople } from './buffered-people.ts';

const PEOPLE = 6;
const PRESSES_EACH = 2;
/** It takes so long until a clip is made and its file is written. */
const LATEST_MOMENT_MS = 100;
const SETTLE_DEADLINE_MS = MINUTE;

interface Presser {
  /** They are signed in, also after the server has started again. */
  token: string;
  channelId: string;
}

/** The settings of a whole server with a database of its own, whose buffers stay for longer than a test takes. */
export function serverSettings(dataDir: string): Record<string, string> {
  return {
    ...{ DATA_DIR: dataDir, DATABASE_URL: '', PORT: '0', LOG_LEVEL: 'error' },
    // Nobody joins a call.
    ...{ LIVEKIT_URL: 'ws://127.0.0.1:9', LIVEKIT_API_KEY: 'key', LIVEKIT_API_SECRET: 's'.repeat(32) },
    ...{ REPLAY_GRACE_MINUTES: '600', REPLAY_BUFFER_DURATION_MINUTES: '600' },
  };
}

/** Makes a data folder with people who have just shared. */
export async function addPressers(dataDir: string): Promise<Presser[]> {
  const app = await openBufferedPeople(serverSettings(dataDir));
  const secret = (await readFile(join(dataDir, 'jwt-secret'), 'utf8')).trim();
  const tokens = createSessionTokens({ secret });
  const media = { durationMs: 8 * SECOND, width: 320, height: 180, bitrateBps: 200_000 };
  const startMs = Date.now() - media.durationMs;
  const pressers: Presser[] = [];
  for (let number = 0; number < PEOPLE; number++) {
    const { user } = await app.register();
    const session = { userId: user.id, channelId: app.channelId, startMs, endMs: startMs + media.durationMs };
    const { sessionId } = await app.createSession(session);
    const place = { bufferDir: app.bufferDir, room: app.channelId, user: user.id, sessionId };
    await writeSyntheticSession({ ...media, ...place, startMs });
    const token = await tokens.mint({ userId: user.id, tokenVersion: 0 });
    pressers.push({ token, channelId: app.channelId });
  }
  await app.app.close();
  return pressers;
}

/**
 * Lets everybody press at once, several times, until they are refused or the server is gone.
 * @param accepted gets the id of each clip whose press was answered
 * @returns `underWay` resolves at some moment while presses are answered, a different one each time; `done` when all were
 */
export function pressTogether(
  origin: string,
  people: readonly Presser[],
  accepted: string[],
): { underWay: Promise<void>; done: Promise<void> } {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  let missing = Math.floor(Math.random() * PEOPLE * PRESSES_EACH);
  const presses = people.map(async ({ token, channelId }) => {
    const api = createApiClient(origin, token);
    for (let count = 0; count < PRESSES_EACH; count++) {
      if (missing === 0) resolve();
      const { clip } = await api.mutate<CaptureResult>('replay.capture', { channelId, lastMinutes: 1 });
      accepted.push(clip.id);
      missing -= 1;
    }
  });
  const done = Promise.allSettled(presses).then(() => resolve());
  return { underWay: reached.then(() => sleep(Math.random() * LATEST_MOMENT_MS)), done };
}

/**
 * Waits until nothing is left to do, and compares what is there with what people were told.
 * @returns what is wrong: a clip that is missing or can't be watched to its last byte, or a quota that isn't their sum
 */
export async function findLosses(
  dataDir: string,
  { client, pool }: Database,
  accepted: readonly string[],
): Promise<string[]> {
  const losses: string[] = [];
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    const { rows } = await pool.query<{ value: string }>('SELECT current_setting($1) AS value', [setting]);
    if (rows[0]?.value !== 'on') losses.push(`${setting} is ${rows[0]?.value}`);
  }
  const unfinished = { OR: [{ status: 'PROCESSING' as const }, { file: { checksum: null } }] };
  const deadline = Date.now() + SETTLE_DEADLINE_MS;
  while ((await client.replayClip.count({ where: unfinished })) > 0) {
    if (Date.now() > deadline) return [...losses, 'clips are not finished'];
    await sleep(50);
  }

  // Post-processing changes sizes of clips and quota at once.
  const [clips, quotas] = await client.$transaction(
    [client.replayClip.findMany({ include: { file: true } }), client.userReplayQuota.findMany()],
    { isolationLevel: 'RepeatableRead' },
  );
  const found = new Set(clips.map(({ id }) => id));
  losses.push(...accepted.filter((id) => !found.has(id)).map((id) => `clip ${id} is missing`));
  const used = new Map<string, bigint>();
  for (const { id, userId, status, errorCode, sizeBytes, file } of clips) {
    used.set(userId, (used.get(userId) ?? 0n) + sizeBytes);
    if (status !== 'READY') losses.push(`clip ${id} is ${status}: ${errorCode}`);
    else {
      const fault = await faultOf(join(dataDir, 'files'), file);
      if (fault !== null) losses.push(`clip ${id}, ${file?.storageKey}: ${fault}`);
    }
  }
  for (const { userId, usedBytes, reservedBytes } of quotas)
    if (usedBytes !== (used.get(userId) ?? 0n) || reservedBytes !== 0n)
      losses.push(`quota: ${usedBytes} used and ${reservedBytes} reserved of ${used.get(userId)}`);
  return losses;
}

/** Says what is wrong with a stored file, or null. */
async function faultOf(
  root: string,
  file: { storageKey: string; sizeBytes: bigint; checksum: string | null } | null,
): Promise<string | null> {
  if (file === null) return 'it has no file';
  const bytes = await readFile(join(root, file.storageKey)).catch(() => null);
  if (bytes === null) return 'the file is missing';
  if (BigInt(bytes.length) !== file.sizeBytes)
    return `the file has ${bytes.length} of ${file.sizeBytes} bytes`;
  const hash = createHash('sha256').update(bytes).digest('hex');
  return hash === file.checksum ? null : 'the file has other bytes';
}
