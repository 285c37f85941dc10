import { randomUUID } from 'node:crypto';
import { MAX_MARKERS_PER_BUFFER, type MarkerDto } from '@hindsight/shared/replay/marker';
import type { Preview } from '@hindsight/shared/replay/preview';
import type { MyReplay } from '@hindsight/shared/replay/replay';
import { HOUR, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { writeFixtureSession } from '../buffer/testing/buffer-fixture.ts';
import { openBufferedPeople, type BufferedPeople, type Visitor } from '../testing/buffered-people.ts';

let people: BufferedPeople;
let owner: Visitor;

beforeAll(async () => {
  people = await openBufferedPeople();
});
afterAll(() => people.remove());
beforeEach(async () => {
  owner = await people.register();
});

/** Records the owner for twenty seconds, until now or until this long ago. */
async function record({ endedAgoMs }: { endedAgoMs?: number } = {}): Promise<void> {
  const endMs = Date.now() - (endedAgoMs ?? 0);
  const startMs = endMs - 20 * SECOND;
  const { directory } = await people.createSession({
    userId: owner.user.id,
    channelId: people.channelId,
    startMs,
    endMs: endedAgoMs === undefined ? null : endMs,
  });
  await writeFixtureSession({ directory, startMs, segments: 5 });
}

function drop(
  input: { pressedAgoMs?: number; pressedBefore?: string; label?: string } = {},
  { api }: Visitor = owner,
) {
  return api.mutate<MarkerDto>('marker.create', { channelId: people.channelId, ...input });
}

async function listed(): Promise<MarkerDto[]> {
  const asked = { channelId: people.channelId };
  const { markers } = await owner.api.query<MyReplay>('replay.mine', asked);
  expect((await owner.api.query<Preview>('replay.preview', asked)).markers).toEqual(
    markers.filter(({ at }) => Date.parse(at) <= Date.now()),
  );
  return markers;
}

describe('a marker', () => {
  it('has the time of the request', async () => {
    await record();
    const before = Date.now();
    const marker = await drop({ pressedAgoMs: 5000, label: '  Goal ' });
    expect(marker.label).toBe('Goal');
    expect(Date.parse(marker.at)).toBeGreaterThanOrEqual(before - 5000);
    expect(Date.parse(marker.at)).toBeLessThanOrEqual(Date.now() - 5000);
    expect(await listed()).toEqual([marker]);
  });

  it('has the time of the press although the network delivered its request late', async () => {
    await record();
    const pressedBefore = new Date(Date.now() - 9000).toISOString();
    expect(await drop({ pressedBefore })).toMatchObject({ at: pressedBefore });
  });

  it('can be named, unnamed and removed only by its owner', async () => {
    await record();
    const { id: markerId } = await drop({ pressedAgoMs: 1000 });
    const stranger = await people.register();
    for (const { api } of [stranger, people.admin]) {
      await expect(api.mutate('marker.update', { markerId, label: 'Mine' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      await expect(api.mutate('marker.remove', { markerId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    await owner.api.mutate('marker.update', { markerId, label: 'Goal' });
    expect(await listed()).toMatchObject([{ id: markerId, label: 'Goal' }]);
    await owner.api.mutate('marker.update', { markerId, label: null });
    expect(await listed()).toMatchObject([{ label: null }]);
    await owner.api.mutate('marker.remove', { markerId });
    expect(await listed()).toEqual([]);
    await expect(owner.api.mutate('marker.remove', { markerId })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('needs a recording of that moment', async () => {
    await expect(drop()).rejects.toMatchObject({ code: 'NO_SEGMENTS_FOUND' });
    await record({ endedAgoMs: 10 * SECOND });
    await expect(drop()).rejects.toMatchObject({ code: 'NO_SEGMENTS_FOUND' });
    // At the time of this request the session still ran.
    expect(await drop({ pressedAgoMs: 15_000 })).toMatchObject({ label: null });
  });

  it('needs CAPTURE_REPLAY and membership in the channel’s community', async () => {
    await record();
    await expect(owner.api.mutate('marker.create', { channelId: randomUUID() })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await people.db.memberRole.deleteMany({ where: { userId: owner.user.id } });
    await expect(drop()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('is limited in number, also when many are created at once', async () => {
    await record();
    const { id: userId } = owner.user;
    await people.db.replayMarker.createMany({
      data: Array.from({ length: MAX_MARKERS_PER_BUFFER - 2 }, () => ({
        userId,
        channelId: people.channelId,
        at: new Date(Date.now() - 10 * SECOND),
      })),
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => drop()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'TOO_MANY_MARKERS' });
  });

  it('is deleted some time after its buffer', async () => {
    const row = (ageMs: number) => ({
      userId: owner.user.id,
      channelId: people.channelId,
      at: new Date(Date.now() - ageMs),
    });
    await people.db.replayMarker.createMany({ data: [row(2 * HOUR), row(HOUR)] });
    await people.app.runJobs();
    expect(await people.db.replayMarker.count({ where: { userId: owner.user.id } })).toBe(1);
  });
});
