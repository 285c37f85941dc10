// This benchmark measures presses of other programs. First how long a press takes until it is accepted: by REST on a kept and on a new
// connection, beside the press of the page's button, in turns. Then a flood of presses whose keys don't work: what they are answered,
// and what others notice of it.
//   node press.ts [ways] [flood]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  openBufferedPeople,
  type BufferedPeople,
  type Visitor,
} from '@hindsight/server/testing/buffered-people';
import { addShare, makeKey, tokenOf } from '@hindsight/server/testing/sharing-people';
import { median, percentile } from './figures.ts';
import type { FloodReplies, FloodTask } from './press/flood-process.ts';
import { keptConnections, post, type Reply } from './press/requests.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 40);
/** The first presses load and compile what they need. */
const WARM_UPS = 5;
/** A key may press 60 times a minute. */
const PRESSERS = 10;
const FLOOD = 1000;
const FLOOD_TURNS = 5;
/** One address gets no more than that. */
const FLOOD_PER_SECOND = 50;
/** Others wait so long after each request, while it is quiet and while it floods. */
const OTHERS_EVERY_MS = 20;

interface Presser {
  token: string;
  key: string;
}

const people = await openBufferedPeople({ DATABASE_URL: '', LOG_LEVEL: 'error' });
try {
  console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, ${ROUNDS} rounds`);
  const only = process.argv.slice(2);
  if (only.length === 0 || only.includes('ways')) await measureWays();
  if (only.length === 0 || only.includes('flood')) await measureFlood();
} finally {
  await people.remove();
}

async function joinPresser(): Promise<Presser> {
  const visitor = await people.register();
  await addShare(people, visitor);
  const { key } = await makeKey(people, visitor, 'PRESS');
  return { token: await tokenOf(people, visitor), key };
}

async function untilFinished(): Promise<void> {
  while ((await people.db.replayClip.count({ where: { status: 'PROCESSING' } })) > 0) await sleep(20);
}

async function measureWays(): Promise<void> {
  const { origin, channelId } = people;
  const pressers: Presser[] = [];
  for (let index = 0; index < PRESSERS; index++) pressers.push(await joinPresser());
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
  for (let round = -WARM_UPS; round < ROUNDS; round++) {
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
      await untilFinished();
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

/** Makes keys that don't work any more or are other people's, for a press of the victim's buffer. */
async function uselessKeys(victim: Visitor): Promise<FloodTask['kinds']> {
  const sessionId = await addShare(people, victim);
  const expired = await makeKey(people, victim, 'PRESS', { expiresInHours: 1 });
  await people.db.programKey.update({ where: { id: expired.id }, data: { expiresAt: new Date(0) } });
  const revoked = await makeKey(people, victim, 'PRESS');
  await people.db.programKey.delete({ where: { id: revoked.id } });
  const foreign: string[] = [];
  for (let index = 0; index < PRESSERS; index++)
    foreign.push((await makeKey(people, await people.register(), 'PRESS')).key);
  const path = '/livekit-replay/press';
  return [
    { name: 'wrong', path, tokens: [`hs_${'x'.repeat(43)}`] },
    { name: 'expired', path, tokens: [expired.key] },
    { name: 'revoked', path, tokens: [revoked.key] },
    {
      name: 'foreign',
      path: '/livekit-replay/capture',
      tokens: foreign,
      body: { sessionId, durationMinutes: 1 },
    },
  ];
}

async function flood(task: FloodTask): Promise<FloodReplies> {
  const child = fork(join(import.meta.dirname, 'press/flood-process.ts'));
  child.send(task);
  const [replies] = (await once(child, 'message')) as [FloodReplies];
  return replies;
}

/** Has somebody change a setting again and again, which reads and writes the database, until told to stop. */
async function workMeanwhile(server: BufferedPeople, token: string, until: () => boolean): Promise<number[]> {
  const agent = keptConnections();
  const times: number[] = [];
  while (!until()) {
    const { ms, status } = await post({
      ...{ origin: server.origin, token, agent },
      path: '/api/trpc/replay.updateLengths',
      body: { defaultSeconds: 60 },
    });
    if (status !== 200) throw new Error(`others are answered ${status}`);
    times.push(ms);
    await sleep(OTHERS_EVERY_MS);
  }
  agent.destroy();
  return times;
}

async function measureFlood(): Promise<void> {
  const victim = await people.register();
  const kinds = await uselessKeys(victim);
  const other = await tokenOf(people, await people.register());
  const clipsBefore = await people.db.replayClip.count();
  const count = FLOOD / FLOOD_TURNS;
  const [quiet, flooded]: [number[], number[]] = [[], []];
  const replies: FloodReplies = {};
  let cpuMs = 0;
  // Quiet and flood take turns, so that both meet the same load of the machine.
  for (let turn = 0; turn < FLOOD_TURNS; turn++) {
    const quietUntil = performance.now() + (count / FLOOD_PER_SECOND) * 1000;
    quiet.push(...(await workMeanwhile(people, other, () => performance.now() >= quietUntil)));
    let isOver = false;
    const cpuBefore = process.cpuUsage();
    const [answered, times] = await Promise.all([
      flood({ origin: people.origin, kinds, count, perSecond: FLOOD_PER_SECOND }).finally(
        () => (isOver = true),
      ),
      workMeanwhile(people, other, () => isOver),
    ]);
    const { user, system } = process.cpuUsage(cpuBefore);
    cpuMs += (user + system) / 1000;
    flooded.push(...times);
    for (const [name, more] of Object.entries(answered)) replies[name] = [...(replies[name] ?? []), ...more];
  }
  console.log(`\nCPU in the flood, with what others do: ${(cpuMs / FLOOD).toFixed(1)} ms for each press`);
  console.log('\n| keys | presses | answers | median | p95 |');
  console.log('| --- | ---: | --- | ---: | ---: |');
  for (const [name, all] of Object.entries(replies)) {
    const answers = [...new Set(all.map(({ status, text }) => `${status} ${codeOf(text)}`))].join(', ');
    const times = all.map(({ ms }) => ms);
    console.log(
      `| ${name} | ${all.length} | ${answers} | ${median(times).toFixed(1)} ms | ${percentile(times, 0.95).toFixed(1)} ms |`,
    );
  }
  const unknown = ['wrong', 'expired', 'revoked'].flatMap((name) => replies[name] ?? []);
  console.log(`\ntexts for keys that don't work: ${new Set(unknown.map(({ text }) => text)).size}`);
  console.log(`clips made: ${(await people.db.replayClip.count()) - clipsBefore}`);
  const [before, during] = [percentile(quiet, 0.95), percentile(flooded, 0.95)];
  console.log(
    `others, p95: ${before.toFixed(1)} ms quiet, ${during.toFixed(1)} ms in the flood, ${(during / before).toFixed(2)}x`,
  );
}

function codeOf(text: string): string {
  const { error } = JSON.parse(text) as { error?: { code?: string } };
  return error?.code ?? '';
}
