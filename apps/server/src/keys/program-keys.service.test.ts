import type { Database } from '@hindsight/db/database';
import { openTestDatabase } from '@hindsight/db/testing';
import { MAX_PROGRAM_KEYS } from '@hindsight/shared/account/program-key';
import { HOUR, MINUTE, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { createProgramKeys, type ProgramKeys } from './program-keys.service.ts';

let database: Database;
let keys: ProgramKeys;
let lines: string[];
let nowMs: number;
let ada: SignedInUser;
let bob: SignedInUser;
const PRESS = { name: 'Stream Deck', scope: 'PRESS', expiresInHours: null } as const;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.client.user.deleteMany();
  nowMs = Date.UTC(2026, 10, 29);
  lines = [];
  const log = createLog({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
  keys = createProgramKeys({ db: database.client, log, now: () => nowMs });
  [ada, bob] = [await addUser('ada'), await addUser('bob')];
});

async function addUser(username: string): Promise<SignedInUser> {
  const { id } = await database.client.user.create({
    data: { username, usernameKey: username, passwordHash: '-' },
  });
  return { id, username, isInstanceAdmin: false };
}

/** Counts the statements that the database is asked while something is done. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const counting = database.client.$extends({
    query: {
      $allOperations({ args, query }) {
        count += 1;
        return query(args);
      },
    },
  });
  keys = createProgramKeys({
    db: counting as unknown as typeof database.client,
    log: createLog({ level: 'silent' }),
    now: () => nowMs,
  });
  await work();
  await keys.close();
  return count;
}

describe('a key', () => {
  it('acts for whoever made it, within its scope', async () => {
    const { key, id } = await keys.create(ada, PRESS);
    expect(key).toMatch(/^hs_[\w-]{43}$/);
    expect(await keys.authenticate(key)).toEqual({ user: ada, key: { id, scope: 'PRESS' } });
  });

  it('is stored as a hash alone, listed without its secret, and logged without it', async () => {
    const { key, ...shown } = await keys.create(ada, PRESS);
    expect(await keys.list(ada.id)).toEqual([shown]);
    const rows = JSON.stringify(await database.client.programKey.findMany());
    expect(rows).toMatch(/"keyHash":"[0-9a-f]{64}"/);
    for (const text of [rows, lines.join('')]) expect(text).not.toContain(key.slice(3));
    expect(lines.join('')).toContain('a key for other programs was made');
  });

  it('works until it expires', async () => {
    const { key } = await keys.create(ada, { ...PRESS, expiresInHours: 1 });
    nowMs += HOUR - 1;
    expect(await keys.authenticate(key)).not.toBeNull();
    nowMs += 1;
    expect(await keys.authenticate(key)).toBeNull();
    expect(await keys.list(ada.id)).toHaveLength(1);
  });

  it('works until its owner revokes it, and nobody else can', async () => {
    const { key, id } = await keys.create(ada, PRESS);
    await expect(keys.revoke(bob, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await keys.authenticate(key)).not.toBeNull();
    await keys.revoke(ada, id);
    expect(await keys.authenticate(key)).toBeNull();
    expect(await keys.list(ada.id)).toEqual([]);
  });

  it('costs one look-up that writes nothing when it is wrong, expired or revoked', async () => {
    const expired = await keys.create(ada, { ...PRESS, expiresInHours: 1 });
    const revoked = await keys.create(ada, PRESS);
    await keys.revoke(ada, revoked.id);
    nowMs += 2 * HOUR;
    const texts = [
      expired.key,
      revoked.key,
      `hs_${'x'.repeat(43)}`,
      'hs_',
      'hs_\0',
      `hs_${'y'.repeat(5000)}`,
    ];
    const counts: number[] = [];
    for (const text of texts)
      counts.push(await statementsOf(async () => expect(await keys.authenticate(text)).toBeNull()));
    expect(counts).toEqual(texts.map(() => 1));
  });
});

describe('the last use', () => {
  const lastUse = async () => {
    await keys.close();
    return (await keys.list(ada.id))[0]?.lastUsedAt;
  };

  it('is known to a minute', async () => {
    const { key } = await keys.create(ada, PRESS);
    expect(await lastUse()).toBeNull();
    await keys.authenticate(key);
    const first = new Date(nowMs).toISOString();
    expect(await lastUse()).toBe(first);
    nowMs += 59 * SECOND;
    await keys.authenticate(key);
    expect(await lastUse()).toBe(first);
    nowMs += 1 * MINUTE;
    await keys.authenticate(key);
    expect(await lastUse()).toBe(new Date(nowMs).toISOString());
  });
});

describe('an account', () => {
  it('has so many keys at most, also when they are made at once', async () => {
    const made = await Promise.allSettled(
      Array.from({ length: MAX_PROGRAM_KEYS + 4 }, () => keys.create(ada, PRESS)),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_PROGRAM_KEYS);
    await expect(keys.create(ada, PRESS)).rejects.toMatchObject({ code: 'LIMIT_REACHED' });
    expect(await keys.create(bob, PRESS)).toMatchObject({ name: PRESS.name });
  });

  it('sees its own keys alone, the newest first, and takes them along when it goes', async () => {
    const first = await keys.create(ada, { ...PRESS, name: 'first' });
    nowMs += SECOND;
    await keys.create(ada, { ...PRESS, name: 'second' });
    await keys.create(bob, { ...PRESS, name: 'of bob' });
    expect((await keys.list(ada.id)).map(({ name }) => name)).toEqual(['second', 'first']);
    await database.client.user.delete({ where: { id: ada.id } });
    expect(await keys.authenticate(first.key)).toBeNull();
  });
});
