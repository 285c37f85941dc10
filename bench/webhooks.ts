// This benchmark measures what a flood of webhooks with bad signatures costs everybody else: the latency of another request
// alone, beside the flood, and beside a flood of plain requests at the same rate. Server, flood and probe each have their own
// thread.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { webhookRoute } from '@hindsight/server/voice/webhook.route';
import Fastify from 'fastify';
import { median, percentile } from './figures.ts';

const PER_SECOND = Number(process.env['PER_SECOND'] ?? 1000);
const SECONDS = Number(process.env['SECONDS'] ?? 5);
const ROUNDS = 3;
const TICK_MS = 10;
const PROBE_EVERY_MS = 10;
const KEY = { apiKey: 'devkey', apiSecret: 'secretsecretsecretsecretsecretsecret' };
const BODY = JSON.stringify({ event: 'room_started', room: { name: 'x'.repeat(600) } });

type Flood = 'none' | 'plain' | 'webhooks';

/** Sends one request. Resolves with its status when the answer has arrived, or with 0 when the request fails. */
function send(agent: Agent, port: number, kind: Flood, index = 0): Promise<number> {
  return new Promise((resolve) => {
    const isWebhook = kind === 'webhooks';
    const call = request(
      {
        ...{ agent, port, host: '127.0.0.1' },
        method: isWebhook ? 'POST' : 'GET',
        path: isWebhook ? '/api/livekit/webhook' : '/ping',
        // The token is well-formed, but signed by somebody else.
        headers: isWebhook
          ? {
              authorization: `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJkZXZrZXkifQ.${String(index).padStart(43, 'A')}`,
              'content-type': 'application/webhook+json',
              'content-length': BODY.length,
            }
          : {},
      },
      (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    );
    call.on('error', () => resolve(0));
    call.end(isWebhook ? BODY : undefined);
  });
}

interface Task {
  port: number;
  role: 'flood' | 'probe';
  flood: Flood;
}

async function work({ port, role, flood }: Task): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const endMs = performance.now() + SECONDS * 1000;
  const results: number[] = [];
  const answers: Promise<unknown>[] = [];
  const startMs = performance.now();
  while (performance.now() < endMs) {
    if (role === 'probe') {
      const sentMs = performance.now();
      await send(agent, port, 'plain');
      results.push(performance.now() - sentMs);
      await sleep(PROBE_EVERY_MS);
    } else {
      const due = ((performance.now() - startMs) / 1000) * PER_SECOND;
      while (answers.length < due)
        answers.push(send(agent, port, flood, answers.length).then((status) => results.push(status)));
      await sleep(TICK_MS);
    }
  }
  await Promise.all(answers);
  agent.destroy();
  return results;
}

async function inThread(task: Task): Promise<number[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const [results] = (await once(worker, 'message')) as [number[]];
  await worker.terminate();
  return results;
}

async function measure(port: number, flood: Flood) {
  const before = performance.eventLoopUtilization();
  const [latencies, statuses] = await Promise.all([
    inThread({ port, role: 'probe', flood }),
    flood === 'none' ? Promise.resolve([]) : inThread({ port, role: 'flood', flood }),
  ]);
  const { utilization } = performance.eventLoopUtilization(before);
  return {
    p50Ms: median(latencies),
    p95Ms: percentile(latencies, 0.95),
    perSecond: statuses.length / SECONDS,
    statuses: [...new Set(statuses)].join(', '),
    utilization,
  };
}

async function main(): Promise<void> {
  const app = Fastify();
  webhookRoute(app, { ...KEY, listeners: [() => Promise.reject(new Error('nothing is to come through'))] });
  app.get('/ping', () => ({ ok: true }));
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  const floods: Flood[] = ['none', 'plain', 'webhooks'];
  const rounds: Record<Flood, Awaited<ReturnType<typeof measure>>[]> = { none: [], plain: [], webhooks: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const flood of floods) rounds[flood].push(await measure(port, flood));
  await app.close();

  console.log(
    `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`,
  );
  console.log(
    `a request beside ${PER_SECOND} others a second for ${SECONDS} s; medians of ${ROUNDS} rounds\n`,
  );
  console.log('flood      sent/s  answers  p50 ms  p95 ms  of the server thread');
  for (const flood of floods) {
    const of = (pick: (round: (typeof rounds)[Flood][number]) => number) => median(rounds[flood].map(pick));
    console.log(
      [
        flood.padEnd(10),
        of((each) => each.perSecond)
          .toFixed(0)
          .padStart(6),
        (rounds[flood][0]?.statuses ?? '').padStart(8),
        of((each) => each.p50Ms)
          .toFixed(2)
          .padStart(7),
        of((each) => each.p95Ms)
          .toFixed(2)
          .padStart(7),
        `${(of((each) => each.utilization) * 100).toFixed(0)} %`.padStart(8),
      ].join(' '),
    );
  }
  const p95 = (flood: Flood) => median(rounds[flood].map(({ p95Ms }) => p95Ms));
  console.log(
    `\np95 beside bad webhooks : beside plain requests = ${(p95('webhooks') / p95('plain')).toFixed(2)}`,
  );
}

if (isMainThread) await main();
else parentPort?.postMessage(await work(workerData as Task));
