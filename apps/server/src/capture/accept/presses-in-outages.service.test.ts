import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseAway } from '@hindsight/db/database-away';
import { openInterruptibleDatabase } from '@hindsight/db/testing-outages';
import type { CaptureResult } from '@hindsight/shared/replay/replay';
import { GiB, SECOND } from '@hindsight/shared/units';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createAccess } from '../../access/access.service.ts';
import type { Timeline } from '../../buffer/piece.ts';
import { pieces } from '../../buffer/testing/pieces.ts';
import { createChat } from '../../chat/chat.ts';
import type { Member } from '../../clips/testing/people.ts';
import { createLog } from '../../log.ts';
import { createDiskGuard } from '../../storage/disk-guard.ts';
import { openLibrary, type Library } from '../testing/clip-library.ts';
import { createJoins } from '../join/joins.service.ts';
import { createTrims } from '../trim/trims.service.ts';
import { createAcceptance, type Capture } from './acceptance.service.ts';

const TRANSACTION_TIMEOUT_MS = 6 * SECOND;
/** An answer comes as late as this, when Prisma has ended the transaction. */
const LATE_MS = TRANSACTION_TIMEOUT_MS + SECOND;

let outage: Awaited<ReturnType<typeof openInterruptibleDatabase>>;
let library: Library;
let member: Member;
let capture: Capture;
let timeline: Timeline;
/** Is called whenever a press asks for what is buffered. */
let onLook: () => void;
/** These are the clips that were begun to be made. */
let begun: Set<string>;

beforeAll(async () => {
  outage = await openInterruptibleDatabase({ transactionTimeoutMs: TRANSACTION_TIMEOUT_MS });
  library = await openLibrary({ quotaBytes: 50_000_000, database: outage.database });
  const access = createAccess(library);
  const disk = createDiskGuard({
    path: '/',
    floorBytes: 1,
    floorFraction: 0,
    statfs: async () => ({ bsize: 1, blocks: 10 * GiB, bavail: 10 * GiB }),
  });
  const begin = ({ id }: { id: string }) => void begun.add(id);
  capture = createAcceptance({
    ...library,
    access,
    posts: createChat({ ...library, access, log: createLog({ level: 'silent' }) }).clipPosts,
    source: {
      async atPress() {
        onLook();
        return { timeline, isLive: true, hasVoices: true };
      },
      pieces: async () => timeline,
    },
    disk,
    trims: createTrims({ ...library, disk, enqueue: async () => undefined }),
    joins: createJoins({ ...library, disk, enqueue: async () => undefined }),
    enqueue: async () => undefined,
    makeSoon: begin,
    makeAccepted: begin,
    serverId: library.servers.id,
  });
});
afterAll(() => library.close());
beforeEach(async () => {
  begun = new Set();
  onLook = () => undefined;
  timeline = pieces('a', Date.now() - 20 * SECOND, 5, { sizeBytes: 100_000 });
  member = await library.createMember();
});
afterEach(() => outage.proxy.comeBack());

function press(pressKey?: string, by = member): Promise<CaptureResult> {
  const key = pressKey === undefined ? {} : { pressKey };
  return capture.accept(by.user, { channelId: by.channelId, lastMinutes: 1, pressedAgoMs: 0, ...key });
}

const clipsOf = ({ user }: Member) => outage.direct.replayClip.findMany({ where: { userId: user.id } });

/** Expects that exactly these captures were accepted, and that the quota is theirs. */
async function expectExactly(accepted: readonly CaptureResult[], by = member): Promise<void> {
  const clips = await clipsOf(by);
  expect(clips.map(({ id }) => id).toSorted()).toEqual(accepted.map(({ clip }) => clip.id).toSorted());
  const quota = await outage.direct.userReplayQuota.findUnique({ where: { userId: by.user.id } });
  expect(quota?.usedBytes ?? 0n).toBe(0n);
  expect(quota?.reservedBytes ?? 0n).toBe(clips.reduce((sum, clip) => sum + clip.reservedBytes, 0n));
  for (const { clip } of accepted) expect(begun).toContain(clip.id);
}

it('a press in a short outage is accepted when the database is back, and ends at the moment of the press', async () => {
  outage.proxy.goAway();
  const pressedAt = Date.now();
  const pressed = press();
  await sleep(SECOND);
  outage.proxy.comeBack();
  const result = await pressed;
  expect(Math.abs(Date.parse(result.clip.to) - pressedAt)).toBeLessThan(100);
  await expectExactly([result]);
});

it('a press in a longer outage is refused, and accepted once when it is sent again', async () => {
  outage.proxy.goAway();
  const refusal: unknown = await press('key').catch((error: unknown) => error);
  expect(isDatabaseAway(refusal)).toBe(true);
  await expectExactly([]);
  outage.proxy.comeBack();
  await expectExactly([await press('key')]);
});

it('a press whose COMMIT gets no answer is accepted once', async () => {
  outage.proxy.troubleCommits('cut before answer');
  const pressed = press('key');
  await expect.poll(() => clipsOf(member)).toHaveLength(1);
  outage.proxy.comeBack();
  const result = await pressed;
  await expectExactly([result]);
  expect((await press('key')).clip.id).toBe(result.clip.id);
  await expectExactly([result]);
});

it('a press whose COMMIT gets no answer is not refused before it is known whether it was accepted', async () => {
  outage.proxy.troubleCommits('cut before answer');
  const pressed = press();
  await expect.poll(() => clipsOf(member)).toHaveLength(1);
  outage.proxy.goAway();
  // A press that was not committed is refused by now.
  const stranger = { ...member, user: { ...member.user, id: randomUUID() } };
  await expect(press(undefined, stranger)).rejects.toSatisfy(isDatabaseAway);
  outage.proxy.comeBack();
  await expectExactly([await pressed]);
});

it('a press that may have been accepted is not refused because nothing is buffered any more before it was looked for', async () => {
  let looks = 0;
  onLook = () => {
    looks += 1;
    if (looks !== 2) return;
    timeline = [];
    outage.proxy.goAway();
  };
  outage.proxy.troubleCommits('cut before answer');
  const pressed = press();
  await expect.poll(() => looks).toBe(2);
  // A press that was not committed is refused by now.
  const stranger = { ...member, user: { ...member.user, id: randomUUID() } };
  await expect(press(undefined, stranger)).rejects.toSatisfy(isDatabaseAway);
  outage.proxy.comeBack();
  await expectExactly([await pressed]);
});

it('a press that is sent ten times at once, or again when nothing more would fit, is one clip', async () => {
  const results = await Promise.all(Array.from({ length: 10 }, () => press('key')));
  expect(new Set(results.map(({ clip }) => clip.id)).size).toBe(1);
  const reservedBytes = BigInt(results[0]?.clip.sizeBytes ?? 0);
  await outage.direct.userReplayQuota.update({
    where: { userId: member.user.id },
    data: { quotaBytes: reservedBytes },
  });
  await expect(press('another')).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  timeline = [];
  const again = await press('key');
  expect(again.isShorterThanAsked).toBe(results[0]?.isShorterThanAsked);
  await expectExactly([again]);
});

it('twenty presses whose COMMITs are answered late are each accepted once', { timeout: 60_000 }, async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => library.createMember()));
  outage.proxy.troubleCommits('hold answer');
  const pressed = people.map((person) =>
    Promise.all(Array.from({ length: 5 }, (_, index) => press(`${index}`, person))),
  );
  await sleep(LATE_MS);
  outage.proxy.comeBack();
  const accepted = await Promise.all(pressed);
  expect(accepted.map(({ length }) => length)).toEqual([5, 5, 5, 5]);
  for (const [index, person] of people.entries()) await expectExactly(accepted[index] ?? [], person);
});
