import { PrismaClient, type Prisma } from '@hindsight/db/client';
import { openDatabase } from '@hindsight/db/database';
import { migrationAdapter } from '@hindsight/db/postgres';
import { createAdminUsers } from '@hindsight/server/admin/users.service';
import { createClips } from '@hindsight/server/clips/clips.service';
import { createClipFeed } from '@hindsight/server/clips/clip-feed';
import { createAppEvents } from '@hindsight/server/events/events';
import { createQuota } from '@hindsight/server/quota/quota.service';
import { createDeletions } from '@hindsight/server/storage/deletions';
import { clipListInput } from '@hindsight/shared/clips/clip';
import { userListInput } from '@hindsight/shared/admin';
import { GiB } from '@hindsight/shared/units';
import { percentile } from '../figures.ts';

interface Size {
  url: string;
  clips: number;
  people: number;
}

const ROUNDS = 60;
/** One person who saves everything owns this share of all clips; the others own the rest in equal parts. */
const COLLECTOR_SHARE = 0.1;

/** Queries lists as pages do, on a small and a large instance side by side, and prints the ratios of their p95. */
export async function measureLists(small: Size, large: Size): Promise<void> {
  const instances = [await openInstance(small), await openInstance(large)] as const;
  try {
    console.log(
      `p95 of ${ROUNDS}, with ${small.clips} clips of ${small.people} people and with ${large.clips} of ${large.people}:`,
    );
    for (const name of Object.keys(instances[0].questions)) {
      const times = instances.map(() => [] as number[]);
      // The instances take turns, so that both meet the same load.
      for (let round = -3; round < ROUNDS; round++)
        for (const [index, { questions }] of instances.entries()) {
          const startedAt = performance.now();
          await questions[name]?.();
          if (round >= 0) times[index]?.push(performance.now() - startedAt);
        }
      const [few = Number.NaN, many = Number.NaN] = times.map((values) => percentile(values, 0.95));
      console.log(
        `${name.padEnd(52)} ${few.toFixed(1).padStart(7)} ms ${many.toFixed(1).padStart(7)} ms  ${(many / few).toFixed(2)}x`,
      );
      for (const line of await instances[1].plansOf(name)) console.log(`    ${line}`);
    }
    console.log();
  } finally {
    for (const { close } of instances) await close();
  }
}

async function openInstance({ url, clips: clipCount, people }: Size) {
  const database = await openDatabase(url);
  const { pool } = database;
  const statements: Prisma.QueryEvent[] = [];
  const db = new PrismaClient({ adapter: migrationAdapter(pool), log: [{ emit: 'event', level: 'query' }] });
  db.$on('query', (event) => statements.push(event));

  await seed(pool, { clips: clipCount, people });
  const quota = createQuota({ db, defaultQuotaBytes: 5 * GiB });
  const feed = createClipFeed({ db, events: createAppEvents(), canBeMade: async () => false });
  // Nothing is removed here, so no bytes have to be deleted.
  const deletions = createDeletions({
    db,
    storage: { remove: async () => undefined },
  });
  const clips = createClips({ db, quota, deletions, feed });
  const users = createAdminUsers({ db, quota });
  const idOf = async (username: string) =>
    (await db.user.findUniqueOrThrow({ where: { usernameKey: username } })).id;
  const [collector, somebody] = [await idOf('user1'), await idOf('user50')];
  const list = (userId: string, input: object) => clips.list(userId, clipListInput.parse(input));

  const deep = Math.floor(clipCount * COLLECTOR_SHARE * 0.9);
  const before = await list(collector, { offset: deep - 1, limit: 1 });
  const questions: Record<string, () => Promise<unknown>> = {
    'clips of somebody, first page': () => list(somebody, {}),
    'clips of the collector (a tenth of all), first page': () => list(collector, {}),
    'the same, nine tenths down, by cursor': () => list(collector, { cursor: before.nextCursor }),
    'the same, largest first': () => list(collector, { sort: 'largest' }),
    'the same, search in titles': () => list(collector, { search: 'victory 77' }),
    'people, first page by name': () => users.list(userListInput.parse({ sort: 'name' })),
    'people, most used first': () => users.list(userListInput.parse({ sort: 'mostUsed' })),
    'people, search': () => users.list(userListInput.parse({ search: 'ser77' })),
  };

  return {
    questions,

    /** Returns how PostgreSQL reads tables for a query: scans, and rows that were read and then discarded. */
    async plansOf(name: string): Promise<string[]> {
      statements.length = 0;
      await questions[name]?.();
      const plans: string[] = [];
      for (const { query, params } of statements.filter(({ query: text }) => text.startsWith('SELECT'))) {
        const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
          `EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) ${query}`,
          JSON.parse(params) as unknown[],
        );
        plans.push(...rows.map((row) => row['QUERY PLAN'].trim().replace(/^-> +/, '')));
      }
      return [
        ...new Set(plans.filter((line) => /Seq Scan|Removed by|Index.* on "?(ReplayClip|User)\b/.test(line))),
      ];
    },

    async close(): Promise<void> {
      await db.$disconnect();
      await database.close();
    },
  };
}

async function seed(
  pool: { query(text: string, values?: unknown[]): Promise<unknown> },
  { clips, people }: { clips: number; people: number },
): Promise<void> {
  await pool.query(
    `INSERT INTO "User" (id, username, "usernameKey", "passwordHash", "updatedAt")
     SELECT gen_random_uuid(), 'user' || i, 'user' || i, '-', now() FROM generate_series(1, $1::int) AS i`,
    [people],
  );
  await pool.query(
    `INSERT INTO "UserReplayQuota" (id, "userId", "usedBytes", "updatedAt")
     SELECT gen_random_uuid(), id, (random() * 1e9)::bigint, now() FROM "User"`,
  );
  const owner = `(SELECT array_agg(id ORDER BY length(username), username) FROM "User")`;
  await pool.query(
    `WITH people AS MATERIALIZED (SELECT ${owner} AS ids),
       files AS (
         INSERT INTO "File" (id, "resourceType", filename, "mimeType", "sizeBytes", checksum, "storageKey")
         SELECT gen_random_uuid(), 'REPLAY_CLIP', 'clip.mp4', 'video/mp4', (random() * 1e8)::bigint, '', 'replays/' || i
         FROM generate_series(1, $1::int) AS i RETURNING id, "storageKey", "sizeBytes")
     INSERT INTO "ReplayClip" (id, "userId", "roomName", title, status, "fromAt", "toAt", "durationMs", "sizeBytes", "fileId",
       "pressedAt", "updatedAt")
     SELECT gen_random_uuid(), ids[1 + CASE WHEN i <= $1 * $3::float THEN 0 ELSE i % $2::int END], 'room',
       (ARRAY['Victory ', 'Lounge, ', 'Oh no '])[1 + i % 3] || i, 'READY', now(), now(), (random() * 600000)::int,
       files."sizeBytes", files.id, now() - make_interval(secs => i), now()
     FROM people, files, LATERAL (SELECT substr("storageKey", 9)::int AS i) AS number`,
    [clips, people, COLLECTOR_SHARE],
  );
  await pool.query('ANALYZE');
}
