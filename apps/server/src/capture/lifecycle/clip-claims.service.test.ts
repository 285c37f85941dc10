import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLibrary, type Library } from '../testing/clip-library.ts';
import type { Member } from '../../clips/testing/people.ts';
import { createLog } from '../../log.ts';
import { createClipOutcome } from './clip-outcome.ts';
import { enqueueInterrupted } from '../encode/recovery.ts';

const [ONE, TWO, DEAD] = [1, 2, 3].map((n) => `0199a000-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];

let library: Library;
let owner: Member;
beforeAll(async () => {
  library = await openLibrary();
  owner = await library.createMember();
  await library.db.appServer.createMany({ data: [{ id: ONE }, { id: TWO }] });
});
afterAll(() => library.close());

const outcomeOf = (serverId: string) => createClipOutcome({ ...library, serverId });

async function createProcessing(makerId: string | null = null): Promise<string> {
  const now = new Date();
  const { id } = await library.db.replayClip.create({
    data: {
      userId: owner.user.id,
      roomName: '-',
      title: 'Made',
      fromAt: now,
      toAt: now,
      durationMs: 0,
      makerId,
    },
  });
  return id;
}
const statusOf = async (id: string) =>
  (await library.db.replayClip.findUniqueOrThrow({ where: { id } })).status;

describe('a clip that is being made', () => {
  it('is claimed by one of the servers that try at once, and by that one again', async () => {
    const id = await createProcessing();
    const outcomes = [ONE, TWO].map(outcomeOf);
    const claims = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => outcomes[index % 2]?.claim(id)),
    );
    const makers = new Set(claims.flatMap((clip) => clip?.makerId ?? []));
    expect(makers.size).toBe(1);
    expect(claims.filter((clip) => clip !== null)).toHaveLength(5);
  });

  it('can be claimed by anybody when its server is gone or gives it up', async () => {
    const id = await createProcessing(DEAD);
    expect(await outcomeOf(ONE).claim(id)).toMatchObject({ makerId: ONE });
    expect(await outcomeOf(TWO).claim(id)).toBeNull();
    await outcomeOf(ONE).giveUp(id);
    expect(await outcomeOf(TWO).claim(id)).toMatchObject({ makerId: TWO });
  });

  it('can not be changed by a server that was taken for gone meanwhile', async () => {
    const id = await createProcessing();
    const late = outcomeOf(ONE);
    const clip = await late.claim(id);
    if (clip === null) throw new Error('nobody else is there');
    await library.db.appServer.delete({ where: { id: ONE } });
    expect(await outcomeOf(TWO).claim(id)).toMatchObject({ makerId: TWO });
    await late.fail(clip, 'CONCATENATION_FAILED');
    await late.countFailure(clip);
    await late.giveUp(id);
    await library.db.appServer.create({ data: { id: ONE } });
    expect(await library.db.replayClip.findUniqueOrThrow({ where: { id } })).toMatchObject({
      status: 'PROCESSING',
      makerId: TWO,
      attempts: 0,
    });
  });

  it('can be retried on any server after it failed', async () => {
    const id = await createProcessing();
    const clip = await outcomeOf(ONE).claim(id);
    if (clip !== null) await outcomeOf(ONE).fail(clip, 'CONCATENATION_FAILED');
    expect(await statusOf(id)).toBe('FAILED');
    await library.db.replayClip.update({ where: { id }, data: { status: 'PROCESSING' } });
    expect(await outcomeOf(TWO).claim(id)).not.toBeNull();
  });
});

it('captures that nobody makes are resumed, and no others', async () => {
  await library.db.replayClip.deleteMany();
  const abandoned = await createProcessing(DEAD);
  const never = await createProcessing();
  const [running, dropped] = [await createProcessing(ONE), await createProcessing(ONE)];
  await createProcessing(TWO);
  const trim = await createProcessing(DEAD);
  await library.db.replayClip.update({ where: { id: trim }, data: { trimFromMs: 0, trimToMs: 1 } });
  const queued: string[] = [];
  const trims: string[] = [];
  const take = (acceptedBefore: Date) =>
    enqueueInterrupted({
      db: library.db,
      servers: { id: ONE, liveIds: async () => [ONE, TWO] },
      isMaking: (id) => id === running,
      makeSoon: ({ id }) => void queued.push(id),
      enqueue: async ({ id }) => void trims.push(id),
      acceptedBefore,
      log: createLog({ level: 'silent' }),
    });
  // A younger capture may be about to be queued.
  await take(new Date(Date.now() - 60_000));
  expect(queued.toSorted()).toEqual([abandoned, dropped].toSorted());
  expect(trims).toEqual([trim]);
  queued.length = 0;
  await take(new Date(Date.now() + 1000));
  expect(queued.toSorted()).toEqual([abandoned, dropped, never].toSorted());
});
