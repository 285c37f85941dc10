import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BufferedPeople, Visitor } from '@hindsight/server/testing/buffered-people';
import { addShare, makeKey, tokenOf } from '@hindsight/server/testing/sharing-people';
import { median, percentile } from '../figures.ts';
import type { FloodReplies, FloodTask } from './flood-process.ts';
import { keptConnections, post } from './requests.ts';

const FLOOD = 1000;
/** No session has this id. */
const UNKNOWN_SESSION = '019a0f0e-0000-7000-8000-000000000001';
const FLOOD_TURNS = 5;
/** One address gets no more than that. */
const FLOOD_PER_SECOND = 50;
/** Others wait so long after each request, while it is quiet and while it floods. */
const OTHERS_EVERY_MS = 20;
/** A key may press 60 times a minute. */
const STRANGERS = 10;
const FOREIGN = 'foreign';
const NOBODYS = 'foreign, of no buffer';
/** Whoever presses with these must not be able to tell them apart. */
const ALIKE = [
  ['wrong', 'expired', 'revoked'],
  [FOREIGN, NOBODYS],
];

/** Makes keys that don't work any more or are other people's, for a press of the victim's buffer. */
async function uselessKeys(people: BufferedPeople, victim: Visitor): Promise<FloodTask['kinds']> {
  const sessionId = await addShare(people, victim);
  const expired = await makeKey(people, victim, 'PRESS', { expiresInHours: 1 });
  await people.db.programKey.update({ where: { id: expired.id }, data: { expiresAt: new Date(0) } });
  const revoked = await makeKey(people, victim, 'PRESS');
  await people.db.programKey.delete({ where: { id: revoked.id } });
  const foreign: string[] = [];
  for (let index = 0; index < STRANGERS; index++)
    foreign.push((await makeKey(people, await people.register(), 'PRESS')).key);
  const path = '/livekit-replay/press';
  return [
    { name: 'wrong', path, tokens: [`hs_${'x'.repeat(43)}`] },
    { name: 'expired', path, tokens: [expired.key] },
    { name: 'revoked', path, tokens: [revoked.key] },
    {
      name: FOREIGN,
      path: '/livekit-replay/capture',
      tokens: foreign,
      body: { sessionId, durationMinutes: 1 },
    },
    {
      name: NOBODYS,
      path: '/livekit-replay/capture',
      tokens: foreign,
      body: { sessionId: UNKNOWN_SESSION, durationMinutes: 1 },
    },
  ];
}

async function flood(task: FloodTask): Promise<FloodReplies> {
  const child = fork(join(import.meta.dirname, 'flood-process.ts'));
  child.send(task);
  const [replies] = (await once(child, 'message')) as [FloodReplies];
  return replies;
}

/** Has somebody change a setting again and again, which reads and writes the database, until told to stop. */
async function workMeanwhile(
  { origin }: BufferedPeople,
  token: string,
  until: () => boolean,
): Promise<number[]> {
  const agent = keptConnections();
  const times: number[] = [];
  while (!until()) {
    const { ms, status } = await post({
      ...{ origin, token, agent },
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

/** Floods the server with presses whose keys don't work, and measures what they are answered and what others notice of it. */
export async function measureFlood(people: BufferedPeople): Promise<void> {
  const victim = await people.register();
  const kinds = await uselessKeys(people, victim);
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
  for (const names of ALIKE) {
    const texts = new Set(names.flatMap((name) => (replies[name] ?? []).map(({ text }) => text)));
    const medians = names.map((name) => median((replies[name] ?? []).map(({ ms }) => ms)));
    const ratio = Math.max(...medians) / Math.min(...medians);
    console.log(
      `\n${names.join(' / ')}: ${texts.size} texts, the slowest median ${ratio.toFixed(2)}x the quickest`,
    );
    if (texts.size !== 1) throw new Error(`they are told apart by ${[...texts].join(' and ')}`);
  }
  const clips = (await people.db.replayClip.count()) - clipsBefore;
  console.log(`\nclips made: ${clips}`);
  if (clips > 0) throw new Error('a press with a key that does not work became a clip');
  const [before, during] = [percentile(quiet, 0.95), percentile(flooded, 0.95)];
  console.log(
    `others, p95: ${before.toFixed(1)} ms quiet, ${during.toFixed(1)} ms in the flood, ${(during / before).toFixed(2)}x`,
  );
}

function codeOf(text: string): string {
  const { error } = JSON.parse(text) as { error?: { code?: string } };
  return error?.code ?? '';
}
