import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIP_UNDO_MS } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import { GiB, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDiskGuard } from '../../storage/disk-guard.ts';
import { createChat } from '../../chat/chat.ts';
import { openLibrary, type Library } from '../testing/clip-library.ts';
import type { Member } from '../../clips/testing/people.ts';
import { createAccess } from '../../access/access.service.ts';
import { createLog } from '../../log.ts';
import { createAcceptance, type Capture } from './acceptance.service.ts';
import { createClipOutcome, type ClipOutcome } from '../lifecycle/clip-outcome.ts';
import { pieces } from '../../buffer/testing/pieces.ts';
import { createJoins } from '../join/joins.service.ts';
import { createTrims, type Trims } from '../trim/trims.service.ts';

const ROUNDS = 6;
const PRESSES_PER_ROUND = 12;
const QUOTA_BYTES = 20_000_000;
const TRIM_BYTES = 50_000;

let library: Library;
let capture: Capture;
let outcome: ClipOutcome;
let trims: Trims;

beforeAll(async () => {
  library = await openLibrary({ quotaBytes: QUOTA_BYTES });
  const timeline = pieces('a', Date.now() - 20 * SECOND, 5, { sizeBytes: 100_000 });
  const access = createAccess(library);
  const disk = createDiskGuard({
    path: '/',
    floorBytes: 1,
    floorFraction: 0,
    statfs: async () => ({ bsize: 1, blocks: 10 * GiB, bavail: 10 * GiB }),
  });
  trims = createTrims({ ...library, disk, enqueue: async () => undefined });
  capture = createAcceptance({
    ...library,
    access,
    posts: createChat({ ...library, access, log: createLog({ level: 'silent' }) }).clipPosts,
    source: {
      pieces: async () => timeline,
      atPress: async () => ({ timeline, isLive: false, hasVoices: true }),
    },
    trims,
    joins: createJoins({ ...library, disk, enqueue: async () => undefined }),
    disk,
    enqueue: async () => undefined,
    makeSoon: () => undefined,
    makeAccepted: () => undefined,
    serverId: library.servers.id,
  });
  outcome = createClipOutcome({ ...library, serverId: library.servers.id });
});
afterAll(() => library.close());

it('quota, clips and files agree after clips are made, trimmed, removed, restored and purged all at once', async () => {
  const owner = await library.createMember();
  const refused = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const clips = await library.db.replayClip.findMany({ where: { userId: owner.user.id } });
    const steps = [
      ...Array.from({ length: PRESSES_PER_ROUND }, () => () => press(owner)),
      ...clips.flatMap(({ id }) => [
        () => succeed(id),
        () => fail(id),
        () => capture.retry(owner.user.id, id),
        () => library.clips.restore(owner.user.id, [id]),
        () => trimInPlace(owner, id),
      ]),
      () => library.clips.purge(),
      // The remaining clips are used in the next round.
      ...clips
        .filter((_, index) => index % 2 === 0)
        .map(
          ({ id }) =>
            () =>
              library.clips.remove(owner.user.id, id),
        ),
    ];
    const results = await Promise.allSettled(shuffled(steps).map((step) => step()));
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      // A refusal must have a reason that users are told. A deadlock or a broken constraint would be another error.
      expect(result.reason).toBeInstanceOf(AppError);
      if (result.reason instanceof AppError) refused.add(result.reason.code);
    }
    await expectAgreement(owner);
    library.clock.nowMs += round % 2 === 0 ? CLIP_UNDO_MS / 2 : 2 * CLIP_UNDO_MS;
  }
  expect(refused).toContain('TOO_MANY_CAPTURES');
});

async function press({ user, channelId }: Member): Promise<void> {
  await capture.accept(user, { channelId, lastMinutes: 1, pressedAgoMs: 0 });
}

/** Writes what accepting a trim writes, without reading the media. */
async function trimInPlace({ user }: Member, clipId: string): Promise<void> {
  const source = await library.db.replayClip.findFirst({
    where: { id: clipId, status: 'READY', removedAt: null },
  });
  if (source === null) return;
  const { roomName, fromAt, toAt } = source;
  await library.db.$transaction(async (tx) => {
    await library.quota.reserve(tx, user.id, TRIM_BYTES);
    await trims.requireNoOtherTrim(tx, clipId, true);
    const range = { trimOfId: clipId, trimFromMs: 0, trimToMs: 1000, durationMs: 1000 };
    const data = { userId: user.id, title: 'trim', roomName, fromAt, toAt, ...range };
    await tx.replayClip.create({ data: { ...data, isReplacement: true, reservedBytes: BigInt(TRIM_BYTES) } });
  });
}

async function succeed(clipId: string): Promise<void> {
  const clip = await outcome.claim(clipId);
  if (clip === null) return;
  const directory = await library.storage.makeTempDir();
  const file = async (name: string, sizeBytes: number) => {
    await writeFile(join(directory, name), Buffer.alloc(sizeBytes));
    return { path: join(directory, name), sizeBytes, checksum: '00' };
  };
  const written = {
    video: await file('video', randomInt(1, Number(clip.reservedBytes))),
    poster: await file('poster', 1),
    durationMs: clip.durationMs,
    width: 1280,
    height: 720,
    videoCodec: 'h264',
    audioCodec: 'opus',
  };
  const range = { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() };
  await outcome.succeed(clip, { written, range, markers: [] });
}

async function fail(clipId: string): Promise<void> {
  const clip = await outcome.claim(clipId);
  if (clip !== null) await outcome.fail(clip, 'CONCATENATION_FAILED');
}

async function expectAgreement({ user }: Member): Promise<void> {
  const clips = await library.db.replayClip.findMany({ where: { userId: user.id }, include: { file: true } });
  const sum = (sizes: bigint[]) => Number(sizes.reduce((total, size) => total + size, 0n));
  const ready = clips.filter((clip) => clip.status === 'READY' && clip.removedAt === null);
  const quota = await library.quota.mine(user.id);
  expect(quota.usedBytes).toBe(sum(ready.map((clip) => clip.file?.sizeBytes ?? 0n)));
  expect(quota.reservedBytes).toBe(sum(clips.map((clip) => clip.reservedBytes)));
  expect(quota.usedBytes + quota.reservedBytes).toBeLessThanOrEqual(QUOTA_BYTES);

  await library.deletions.run(new AbortController().signal);
  const stored: string[] = [];
  for await (const objects of library.storage.list()) stored.push(...objects.map(({ key }) => key));
  const known = await library.db.file.findMany({ select: { storageKey: true } });
  expect(stored.toSorted()).toEqual(known.map((file) => file.storageKey).toSorted());
}

function shuffled<T>(values: T[]): T[] {
  return values
    .map((value) => ({ value, order: Math.random() }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ value }) => value);
}
