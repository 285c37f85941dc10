// This benchmark measures what a burst of wrong sign-ins costs whoever watches a video: the time of a range of 64 KiB of a
// clip alone, beside 50 wrong sign-ins at once, beside as many requests that nothing is done for, and beside 50 hashes at once
// on the threads that read files, where they ran before. Server, burst and viewer each have their own thread, and the ways
// take turns.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { startPasswords } from '@hindsight/server/auth/passwords';
import { createApiClient } from '@hindsight/server/testing/api-client';
import { emptyLiveKit, idleRecorder } from '@hindsight/server/testing/ports';
import { startTemporaryApp, type TemporaryApp } from '@hindsight/server/testing/temporary-app';
import { clipVideoKey } from '@hindsight/server/storage/storage-key';
import { KiB, MiB } from '@hindsight/shared/units';
import { hash, verify } from '@node-rs/argon2';
import { median, percentile } from './figures.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 10);
const BURST = 50;
const CLIP_BYTES = 32 * MiB;
const RANGE_BYTES = 64 * KiB;
const ALONE_MS = 1000;
const PASSWORD = 'correct horse';
const CREDENTIALS = { username: 'viewer', password: PASSWORD };

const WAYS = {
  alone: 'alone',
  idle: '50 requests that are not valid',
  one: '50 sign-ins of one address',
  ten: '50 sign-ins of ten addresses',
  files: '50 hashes where files are read',
} as const;
type Way = keyof typeof WAYS;

interface Task {
  port: number;
  /** A viewer reads ranges with this cookie; without one, the thread sends a burst whenever it is asked. */
  viewer: { cookie: string; path: string } | null;
}

interface Burst {
  addresses: number;
  isValid: boolean;
}

interface Answer {
  status: number;
  ms: number;
}

function send(agent: Agent, options: object, body?: string): Promise<Answer> {
  const sentMs = performance.now();
  return new Promise((resolve, reject) => {
    const call = request({ agent, host: '127.0.0.1', ...options }, (response) =>
      response
        .resume()
        .on('end', () => resolve({ status: response.statusCode ?? 0, ms: performance.now() - sentMs })),
    );
    call.on('error', reject);
    call.end(body);
  });
}

/**
 * Sends all sign-ins of a burst at once, each with a name of its own, so that no limit refuses them. The server takes the
 * address from what its proxy says.
 */
function signIns(agent: Agent, port: number, { addresses, isValid }: Burst): Promise<Answer[]> {
  const signIn = (index: number) => {
    const body = JSON.stringify(isValid ? { username: `somebody${index}`, password: 'wrong' } : {});
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-forwarded-for': `192.0.2.${index % addresses}`,
    };
    return send(agent, { port, method: 'POST', path: '/api/trpc/auth.login', headers }, body);
  };
  return Promise.all(Array.from({ length: BURST }, (_, index) => signIn(index)));
}

/** Reads ranges one after the other, until it is told that the burst is over. */
async function watch(agent: Agent, port: number, { cookie, path }: NonNullable<Task['viewer']>) {
  let isOver = false;
  parentPort?.once('message', () => (isOver = true));
  const times: number[] = [];
  while (!isOver) {
    const start = Math.floor(Math.random() * (CLIP_BYTES - RANGE_BYTES));
    const range = `bytes=${start}-${start + RANGE_BYTES - 1}`;
    const { status, ms } = await send(agent, { port, path, headers: { cookie, range } });
    if (status !== 206) throw new Error(`a range was answered with ${status}`);
    times.push(ms);
    await sleep(2);
  }
  return times;
}

function runThread({ port, viewer }: Task): void {
  // Between bursts, connections would idle for so long that the server closes them.
  const agent = new Agent({ keepAlive: viewer !== null, maxSockets: 2 * BURST });
  parentPort?.on('message', (message: Burst | 'start' | 'over') => {
    if (message === 'over') return;
    const work = message === 'start' ? viewer && watch(agent, port, viewer) : undefined;
    const burst = typeof message === 'object' ? signIns(agent, port, message) : undefined;
    void (work ?? burst)?.then((result) => parentPort?.postMessage(result));
  });
}

async function addClip({ app, dataDir }: TemporaryApp): Promise<string> {
  const { database: db } = app;
  const user = await db.user.findFirstOrThrow();
  const channel = await db.channel.findFirstOrThrow();
  const [id, at] = [randomUUID(), new Date()];
  const storageKey = clipVideoKey({ userId: user.id, id });
  await db.replayClip.create({
    data: {
      id,
      user: { connect: { id: user.id } },
      community: { connect: { id: channel.communityId } },
      channel: { connect: { id: channel.id } },
      roomName: channel.id,
      title: 'A clip',
      status: 'READY',
      ...{ fromAt: at, toAt: at, pressedAt: at, durationMs: 60_000, sizeBytes: CLIP_BYTES },
      file: {
        create: {
          ...{ storageKey, sizeBytes: CLIP_BYTES, checksum: 'x', filename: 'clip' },
          ...{ resourceType: 'REPLAY_CLIP', mimeType: 'video/mp4' },
        },
      },
    },
  });
  const path = join(dataDir, 'files', storageKey);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, Buffer.alloc(CLIP_BYTES, 1));
  return `/api/clips/${id}/video`;
}

async function main(): Promise<void> {
  const server = await startTemporaryApp(
    { TRUST_PROXY: 'true', DATABASE_URL: '' },
    { livekit: emptyLiveKit, recorder: idleRecorder, passwords: startPasswords() },
  );
  const { port: portText } = new URL(server.origin);
  const port = Number(portText);
  await createApiClient(server.origin).mutate('auth.register', CREDENTIALS);
  const signIn = await fetch(`${server.origin}/api/trpc/auth.login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CREDENTIALS),
  });
  const cookie = signIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const path = await addClip(server);
  const stored = await hash(PASSWORD);
  const spawn = (viewer: Task['viewer']) =>
    new Worker(new URL(import.meta.url), { workerData: { port, viewer } satisfies Task });
  const [viewer, burster] = [spawn({ cookie, path }), spawn(null)];

  const statuses = new Map<number, number>();
  async function burst(way: Way): Promise<void> {
    if (way === 'alone') {
      await sleep(ALONE_MS);
      return;
    }
    if (way === 'files') {
      await Promise.all(Array.from({ length: BURST }, () => verify(stored, 'wrong')));
      return;
    }
    await server.app.database.attemptCount.deleteMany();
    burster.postMessage({ addresses: way === 'ten' ? 10 : 1, isValid: way !== 'idle' } satisfies Burst);
    const [answers] = (await once(burster, 'message')) as [Answer[]];
    if (way === 'idle') return;
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  const times = Object.fromEntries(Object.keys(WAYS).map((way) => [way, [] as number[]])) as Record<
    Way,
    number[]
  >;
  const ways = Object.keys(WAYS) as Way[];
  for (let round = 0; round <= ROUNDS; round++)
    for (const way of ways) {
      const watched = once(viewer, 'message') as Promise<[number[]]>;
      viewer.postMessage('start');
      await burst(way);
      viewer.postMessage('over');
      const [ranges] = await watched;
      // The first round warms up.
      if (round > 0) times[way].push(...ranges);
    }
  await Promise.all([viewer.terminate(), burster.terminate()]);
  await server.remove();

  console.log(
    `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
  );
  console.log(
    `a range of 64 KiB, ${ROUNDS} rounds; sign-ins were answered with`,
    Object.fromEntries(statuses),
  );
  const kinds = [
    ['median', median],
    ['95 %', (values: number[]) => percentile(values, 0.95)],
    ['worst', (values: number[]) => Math.max(...values)],
  ] as const;
  console.log(''.padEnd(35), 'ranges'.padStart(6), ...kinds.map(([name]) => name.padStart(20)));
  for (const way of ways) {
    const columns = kinds.map(([, of]) => {
      const [ms, aloneMs] = [of(times[way]), of(times.alone)];
      return `${ms.toFixed(1)} ms ${(ms / aloneMs).toFixed(2)}x`.padStart(20);
    });
    console.log(WAYS[way].padEnd(35), String(times[way].length).padStart(6), ...columns);
  }
}

if (isMainThread) await main();
else runThread(workerData as Task);
