// This benchmark measures what a long history costs: the first and a deep page of a channel with 100,000 messages, and the
// unread counts of somebody who has read none of it. It prints PostgreSQL's plans of the very statements that were sent.
import { cpus, loadavg } from 'node:os';
import { PrismaClient, type Prisma } from '@hindsight/db/client';
import { openDatabase } from '@hindsight/db/database';
import { migrationAdapter } from '@hindsight/db/postgres';
import { startTestServer } from '@hindsight/db/testing-postgres';

import { createChat } from '@hindsight/server/chat/chat';
import { encodeCursor } from '@hindsight/server/chat/message-page';
import { createAccess } from '@hindsight/server/access/access.service';
import { createStreamReads } from '@hindsight/server/events/stream-reads';
import { createAppEvents } from '@hindsight/server/events/events';
import { createLog } from '@hindsight/server/log';
import { median } from './figures.ts';

const MESSAGES = 100_000;
const CHANNELS = 20;
const AUTHORS = 12;
const DEEP = 90_000;
const PAGE = 50;
const ROUNDS = 40;

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await work();
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

const server = await startTestServer();
const database = await openDatabase(server.url);
const { pool } = database;
const db = new PrismaClient({
  adapter: migrationAdapter(pool),
  log: [{ emit: 'event', level: 'query' }],
});
const statements: Prisma.QueryEvent[] = [];
db.$on('query', (event) => statements.push(event));

/** Returns, for the statements on messages, which scans their plans use and how many rows they touched. */
async function plansOf(work: () => Promise<unknown>): Promise<string[]> {
  statements.length = 0;
  await work();
  const ofMessages = statements.filter(({ query }) => /"Message"/.test(query));
  const plans: string[] = [];
  for (const { query, params } of ofMessages) {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) ${query}`,
      JSON.parse(params) as unknown[],
    );
    plans.push(
      ...rows
        .map((row) => row['QUERY PLAN'])
        .filter((line) => /Scan.*"Message"|Removed by|Sort Key/.test(line)),
    );
  }
  return plans.map((line) => line.trim().replace(/^-> +/, ''));
}

try {
  const person = async (username: string) => {
    const { id } = await db.user.create({ data: { username, usernameKey: username, passwordHash: '-' } });
    return { id, username, isInstanceAdmin: false };
  };
  const authors = await Promise.all(Array.from({ length: AUTHORS }, (_, i) => person(`author${i}`)));
  const reader = await person('reader');
  const long = new Date(0);
  const community = await db.community.create({
    data: {
      name: 'Home',
      members: { create: [...authors, reader].map(({ id: userId }) => ({ userId, joinedAt: long })) },
      channels: {
        create: Array.from({ length: CHANNELS }, (_, i) => ({ name: `${i}`, kind: 'TEXT' as const })),
      },
    },
    include: { channels: true },
  });
  const [channel] = community.channels;
  if (channel === undefined) throw new Error('the community was made with channels');
  // One channel gets the long history, the others get short ones.
  for (const { id } of community.channels)
    await pool.query(
      `INSERT INTO "Message" (id, "channelId", "authorId", text, "createdAt")
       SELECT gen_random_uuid(), $1, ($2::uuid[])[1 + i % $4], repeat('lorem ', 10), now() - make_interval(secs => i)
       FROM generate_series(1, $3) AS i`,
      [id, authors.map((author) => author.id), id === channel.id ? MESSAGES : 200, AUTHORS],
    );
  await pool.query('ANALYZE');

  const chat = createChat({
    db,
    access: createAccess({ db }),
    events: createAppEvents(),
    reads: createStreamReads(),
    log: createLog({ level: 'silent' }),
  });
  const target = { channelId: channel.id };
  const [deep] = await db.message.findMany({
    where: target,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    skip: DEEP,
    take: 1,
  });
  if (deep === undefined) throw new Error('the history is longer than that');
  const cursor = encodeCursor(deep);
  const work = {
    'first page': () => chat.messages.list(reader, { target, limit: PAGE }),
    [`page behind ${DEEP}`]: () => chat.messages.list(reader, { target, limit: PAGE, cursor }),
    [`unread in ${CHANNELS} channels`]: () => chat.unread.list(reader),
  };

  const [cpu] = cpus();
  console.log(`${cpus().length} cores (${cpu?.model.trim()}), Node ${process.version}, PostgreSQL,`);
  console.log(`${MESSAGES} messages in one channel, medians of ${ROUNDS}.\n`);
  const times: number[] = [];
  for (const [name, one] of Object.entries(work)) {
    times.push(await medianMs(one));
    console.log(`${name}: ${times.at(-1)?.toFixed(1)} ms`);
    for (const line of await plansOf(one)) console.log(`  ${line}`);
  }
  console.log(
    `\ndeep : first = ${((times[1] ?? NaN) / (times[0] ?? NaN)).toFixed(2)}, load ${loadavg()[0]?.toFixed(1)}`,
  );
  chat.close();
} finally {
  await db.$disconnect();
  await database.close();
  await server.stop();
}
