import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTestDatabase } from '@hindsight/db/testing';
import type { Database } from '@hindsight/db/database';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { FakeLiveKit } from '../recording/testing/fake-livekit.ts';
import { FakeRecorder } from '../recording/testing/fake-recorder.ts';
import { healthRoutes } from './health.route.ts';
import { createPartChecks } from './part-checks.ts';
import { createReadiness } from './readiness.ts';

let database: Database;
let directory: string;
let app: FastifyInstance;
let livekit: FakeLiveKit;
let recorder: FakeRecorder;
let isDiskLow: boolean;
let ffmpegPath: string;
let ping: () => Promise<void>;

/** Asks a server that has just started, and so repeats no earlier answer. */
async function ready() {
  const checks = createPartChecks({
    db: database.client,
    livekit,
    recorder,
    disks: [{ isLow: async () => isDiskLow }],
    writableDirs: [directory],
    storage: { ping },
    ffmpegPath,
  });
  app = Fastify();
  healthRoutes(app, { readiness: createReadiness(checks) });
  const response = await app.inject('/readyz');
  expect((await app.inject('/healthz')).statusCode).toBe(200);
  await app.close();
  return { status: response.statusCode, body: response.json<Record<string, string>>() };
}

const ALL_OK = {
  status: 'ready',
  database: 'ok',
  livekit: 'ok',
  recorder: 'ok',
  storage: 'ok',
  disk: 'ok',
  ffmpeg: 'ok',
};

/** Makes the answer for one unavailable part. */
function only(part: string, state: string) {
  return { status: 503, body: { ...ALL_OK, status: 'degraded', [part]: state } };
}

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-health-'));
  livekit = new FakeLiveKit();
  recorder = new FakeRecorder();
  isDiskLow = false;
  ping = async () => undefined;
  // Any program that ends with 0 will do.
  ffmpegPath = 'true';
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('is ready when everything answers', async () => {
  expect(await ready()).toEqual({ status: 200, body: ALL_OK });
});

it('names LiveKit when it is unavailable', async () => {
  livekit.isDown = true;
  expect(await ready()).toEqual(only('livekit', 'unavailable'));
});

it('names the recorder, also when it never answers', async () => {
  recorder.ping = () => Promise.reject(new Error('no redis'));
  expect(await ready()).toEqual(only('recorder', 'unavailable'));
  recorder.ping = () => Promise.withResolvers<never>().promise;
  expect(await ready()).toEqual(only('recorder', 'unavailable'));
});

it('names the storage when it can’t be written', async () => {
  await rm(directory, { recursive: true });
  await writeFile(directory, 'a file in its place');
  expect(await ready()).toEqual(only('storage', 'unavailable'));
});

it('names the storage when its bucket is unavailable', async () => {
  ping = () => Promise.reject(new Error('no such bucket'));
  expect(await ready()).toEqual(only('storage', 'unavailable'));
});

it('names the disk when it is nearly full', async () => {
  isDiskLow = true;
  expect(await ready()).toEqual(only('disk', 'low'));
});

it('names ffmpeg when it can’t be run', async () => {
  ffmpegPath = join(directory, 'no-such-program');
  expect(await ready()).toEqual(only('ffmpeg', 'unavailable'));
});

it('names the database when it is unavailable', async () => {
  const own = await openTestDatabase();
  const shared = database;
  await own.close();
  database = own;
  try {
    expect(await ready()).toEqual(only('database', 'unavailable'));
  } finally {
    database = shared;
  }
});
