import { setTimeout as sleep } from 'node:timers/promises';
import type { BufferedPeople } from '@hindsight/server/testing/buffered-people';
import { addShare, makeKey, tokenOf } from '@hindsight/server/testing/sharing-people';
import { median, percentile } from '../figures.ts';
import { keptConnections, post, type Reply } from './requests.ts';

/** The first presses load and compile what they need. */
const WARM_UPS = 5;
/** A key may press 60 times a minute. */
const PRESSERS = 10;

interface Presser {
  token: string;
  key: string;
}

async function joinPresser(people: BufferedPeople): Promise<Presser> {
  const visitor = await people.register();
  await addShare(people, visitor);
  const { key } = await makeKey(people, visitor, 'PRESS');
  return { token: await tokenOf(people, visitor), key };
}

async function untilFinished({ db }: BufferedPeople): Promise<void> {
  while ((await db.replayClip.count({ where: { status: 'PROCESSING' } })) > 0) await sleep(20);
}

/** Measures how long a press takes until it is accepted: by REST on a kept and on a new connection, beside what the button sends, in turns. */
export async function measureWays(people: BufferedPeople, rounds: number): Promise<void> {
  const { origin, channelId } = people;
  const pressers: Presser[] = [];
  for (let index = 0; index < PRESSERS; index++) pressers.push(await joinPresser(people));
  const kept = keptConnections();
  const ways: Record<string, (presser: Presser) => Promise<Reply>> = {
    button: ({ token }) =>
      post({
        ...{ origin, token, agent: kept },
        path: '/api/trpc/replay.capture',
        body: { channelId, lastSeconds: 300 },
      }),
    'REST, kept connection': ({ key }) =>
      post({ origin, path: '/livekit-replay/press', token: key, agent: kept }),
    'REST, new connection': ({ key }) => post({ origin, path: '/livekit-replay/press', token: key }),
  };
  const names = Object.keys(ways);
  const taken = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -WARM_UPS; round < rounds; round++) {
    const presser = pressers.at(round % PRESSERS);
    // Each way comes first, second and third equally often.
    const turn = Math.abs(round) % names.length;
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      if (presser === undefined) continue;
      const reply = await ways[name]?.(presser);
      if (reply === undefined || reply.status >= 300)
        throw new Error(`${name}: ${reply?.status} ${reply?.text}`);
      if (round >= 0) taken.get(name)?.push(reply.ms);
      // Otherwise the next press would wait for the making of this one's clip.
      await untilFinished(people);
    }
  }
  kept.destroy();
  const button = taken.get('button') ?? [];
  console.log('\n| from the request to accepted | median | p95 | x of the button (median) |');
  console.log('| --- | ---: | ---: | ---: |');
  for (const [name, times] of taken)
    console.log(
      `| ${name} | ${median(times).toFixed(1)} ms | ${percentile(times, 0.95).toFixed(1)} ms | ${(median(times) / median(button)).toFixed(2)} |`,
    );
}
