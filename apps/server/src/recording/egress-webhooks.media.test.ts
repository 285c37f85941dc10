import { randomUUID } from 'node:crypto';
import { signedWebhook } from '@hindsight/recorder/testing/egress/egress-playback';
import { recordedWebhooks, type RecordedEnd } from '@hindsight/recorder/testing/egress/recorded';
import { SECOND } from '@hindsight/shared/units';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanEnd, openEgressStage, type EgressStage, type EgressUser } from '../testing/egress-stage.ts';

/** Each order needs a recording of its own, of a second or so; they all run at once. */
const ORDERS = Number(process.env['WEBHOOK_ORDERS'] ?? 5);
const POLL = { timeout: 60 * SECOND, interval: 20 };

let stage: EgressStage;
let users: EgressUser[];

/** This server only gets the webhooks that the tests send. */
beforeAll(async () => {
  stage = await openEgressStage({ speed: 40, hasWebhooks: false });
  users = await Promise.all(Array.from({ length: ORDERS }, () => stage.register()));
});
afterAll(() => stage.close());

async function recordedShare(user: EgressUser) {
  const { share, id } = await stage.startRecording(user);
  await expect.poll(async () => (await stage.rowOf(id)).status, POLL).toBe('ACTIVE');
  const { egressId, startedAt } = await stage.rowOf(id);
  if (egressId === null || startedAt === null) throw new Error('it is active');
  return { share, id, egressId, startedAt };
}

type Recording = Awaited<ReturnType<typeof recordedShare>>;

/** Returns the webhooks that LiveKit sent of a recording, rewritten to this one, with new event ids. */
function webhooksOf({ share, egressId, startedAt }: Recording, end: RecordedEnd): string[] {
  const bodies = recordedWebhooks(end).map(({ body }) => body);
  const text = bodies.join('\n');
  const first = (pattern: RegExp) => pattern.exec(text)?.[1] ?? 'nothing';
  const names: [string, string][] = [
    [first(/"roomName":"(\w+)"/), share.room],
    [first(/"identity":"(alice)"/), share.identity],
    [first(/"videoTrackId":"(\w+)"/), share.videoTrackSid],
    [first(/"audioTrackId":"(\w+)"/), share.audioTrackSid],
    [first(/"egressId":"(\w+)"/), egressId],
    [first(/"segmentResults":\[\{[^}]*"startedAt":"(\d+)"/), `${startedAt.getTime()}000000`],
  ];
  return bodies.map((body) =>
    names
      .reduce((changed, [from, to]) => changed.replaceAll(`"${from}"`, `"${to}"`), body)
      .replace(/"id":"EV_\w+"/, `"id":"EV_${randomUUID()}"`),
  );
}

const UNKNOWN = JSON.stringify({ event: 'room_teleported', id: 'EV_unknown', warp: 9 });

/** Makes a possible order of arrival, with repeated webhooks and unknown kinds. */
function orderOf(count: number) {
  const all = Array.from({ length: count }, (_, index) => index);
  return fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: count - 1 }), { maxLength: 6 }),
      fc.array(fc.constant(-1), { maxLength: 3 }),
    )
    .chain(([repeated, unknown]) => {
      const sent = [...all, ...repeated, ...unknown];
      return fc.shuffledSubarray(sent, { minLength: sent.length });
    });
}

/** Tries as many orders at once as there are users. */
async function inAnyOrder(
  end: RecordedEnd,
  attempt: (user: EgressUser, order: readonly number[]) => Promise<void>,
): Promise<void> {
  const orders = fc.tuple(...users.map(() => orderOf(recordedWebhooks(end).length)));
  const attempts = fc.asyncProperty(orders, async (tried) => {
    await Promise.all(
      users.map(async (user, index) => {
        await attempt(user, tried[index] ?? []);
      }),
    );
  });
  await fc.assert(attempts, { numRuns: 1, endOnFailure: true });
}

async function send(body: string): Promise<void> {
  const request = await signedWebhook(body);
  const { status } = await fetch(`${stage.origin}/api/livekit/webhook`, { method: 'POST', ...request });
  expect(status).toBe(200);
}

it('ends in the same way for any order and repetition of webhooks', async () => {
  await inAnyOrder('unpublished', async (user, order) => {
    const recording = await recordedShare(user);
    const bodies = webhooksOf(recording, 'unpublished');
    await stage.playback.unpublish(recording.share);
    for (const index of order) await send(bodies[index] ?? UNKNOWN);
    await expect.poll(async () => (await stage.rowOf(recording.id)).endedAt, POLL).not.toBeNull();
    // They all arrive once more after the end.
    for (const index of order) await send((bodies[index] ?? UNKNOWN).replace('"EV_', '"EV_again'));
    expect(await stage.finalState(recording)).toEqual(cleanEnd('SHARE_ENDED'));
  });
});

it('stays as its sharer ended it, whatever webhooks arrive afterwards', async () => {
  await inAnyOrder('stopped', async (user, order) => {
    const recording = await recordedShare(user);
    const bodies = webhooksOf(recording, 'stopped');
    const stopping = user.api.mutate('replay.stop', { sessionId: recording.id });
    // No egress reports its end before it was told to end, and the recorder would wait for the rest of its files.
    const isTold = () =>
      stage.playback.requests.some(
        ({ method, body }) =>
          method === 'Egress/StopEgress' && (body as { egressId?: string }).egressId === recording.egressId,
      );
    await expect.poll(isTold, POLL).toBe(true);
    for (const index of order) await send(bodies[index] ?? UNKNOWN);
    await stopping;
    expect(await stage.finalState(recording)).toEqual(cleanEnd('STOPPED_BY_USER'));
  });
});

it('ends in the same way when every webhook is lost', async () => {
  const recording = await recordedShare(stage.admin);
  await stage.playback.unpublish(recording.share);
  await expect.poll(async () => (await stage.rowOf(recording.id)).endedAt, POLL).not.toBeNull();
  expect(await stage.finalState(recording)).toEqual(cleanEnd('SHARE_ENDED'));
});
