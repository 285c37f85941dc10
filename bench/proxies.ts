// This program puts reverse proxies in front of the server, those of nginx, Caddy, Traefik and HAProxy that are on PATH, each with
// several settings, and looks at what arrives behind them: whole files, ranges, conditions, HEAD, several at once, requests that are broken
// off, and event streams.
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createReadyClip } from '@hindsight/server/clips/testing/ready-clip';
import { createQuota } from '@hindsight/server/quota/quota.service';
import { createApiClient } from '@hindsight/server/testing/api-client';
import { emptyLiveKit, idleRecorder } from '@hindsight/server/testing/ports';
import { startTemporaryApp } from '@hindsight/server/testing/temporary-app';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { GiB, MiB, SECOND } from '@hindsight/shared/units';
import { PROXIES, type ProxyConfig } from './proxies/proxy-configs.ts';

const VIDEO = randomBytes(24 * MiB);
const PART = { start: 5_000_000, end: 5_099_999 };
const ACCOUNT = { username: 'ada', password: 'correct horse' };
const PATIENCE_MS = 10 * SECOND;

const server = await startTemporaryApp(
  { TRUST_PROXY: 'true', DATABASE_URL: '' },
  { livekit: emptyLiveKit, recorder: idleRecorder },
);
const serverPort = Number(new URL(server.origin).port);
/** These connections to the server tell how much it has sent. */
const sockets = new Set<Socket>();
server.app.http.server.on('connection', (socket: Socket) => sockets.add(socket));
const sentBytes = () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0);

const client = createApiClient(server.origin);
const { id: userId } = await client.mutate<{ id: string }>('auth.register', ACCOUNT);
const clip = await storeClip();
const { path: linkPath } = await client.mutate<{ path: string }>('clip.link.create', {
  clipId: clip.id,
  expiresInHours: null,
});
const videoPath = `/api/links/${linkPath.replace('/l/', '')}/small.mp4`;

async function storeClip() {
  const [community] = await client.query<CommunityDto[]>('community.list');
  const channel = community?.channels.find(({ kind }) => kind === 'VOICE');
  if (community === undefined || channel === undefined) throw new Error('there is no channel');
  const db = server.app.database;
  const storage = {
    makeTempDir: () => mkdtemp(join(server.dataDir, 'clip-')),
    async commit(path: string, key: string) {
      const target = join(server.dataDir, 'files', key);
      await mkdir(dirname(target), { recursive: true });
      await rename(path, target);
    },
  };
  const user = { id: userId, username: 'ada', isInstanceAdmin: true };
  const member = { user, channelId: channel.id, communityId: community.id };
  return createReadyClip({ db, storage, quota: createQuota({ db, defaultQuotaBytes: GiB }) }, member, {
    video: VIDEO,
  });
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

async function open(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<IncomingMessage> {
  const call = request({ host: '127.0.0.1', port, path, method, headers, agent: false }).end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return response;
}

async function ask(...call: Parameters<typeof open>): Promise<Answer> {
  const response = await open(...call);
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const VIDEO_SHA = sha(VIDEO);
/** Browsers and bots say that they take compressed answers, and browsers take that back for media. */
const COMPRESSED = { 'accept-encoding': 'gzip, deflate, br, zstd' };

/** Each check returns what is wrong, or a figure; an empty text means that all is well. */
const CHECKS: Record<string, (port: number) => Promise<string>> = {
  async whole(port) {
    const { status, headers, body } = await ask(port, videoPath, COMPRESSED);
    if (status !== 200) return `status ${status}`;
    if (headers['content-encoding'] !== undefined)
      return `compressed, ${headers['content-length'] ?? 'no length'}`;
    if (sha(body) !== VIDEO_SHA) return 'other bytes';
    return headers['content-length'] === undefined ? 'no length' : '';
  },
  async head(port) {
    const { status, headers, body } = await ask(port, videoPath, COMPRESSED, 'HEAD');
    const isRight = status === 200 && body.length === 0 && headers['content-length'] === String(VIDEO.length);
    return isRight ? '' : `${status}, ${headers['content-length'] ?? 'no length'}`;
  },
  range: (port) => askForPart(port, COMPRESSED),
  'range, Brotli': (port) => askForPart(port, { 'accept-encoding': 'br' }),
  async 'if-range'(port) {
    const { headers } = await ask(port, videoPath, COMPRESSED, 'HEAD');
    const range = `bytes=${PART.start}-${PART.end}`;
    const etag = headers.etag ?? '';
    const same = await ask(port, videoPath, { ...COMPRESSED, range, 'if-range': etag });
    const other = await ask(port, videoPath, { ...COMPRESSED, range, 'if-range': '"another"' });
    const known = await ask(port, videoPath, { ...COMPRESSED, 'if-none-match': etag });
    const statuses = [same.status, other.status, known.status].join(' ');
    return statuses === '206 200 304' ? '' : `${statuses}${etag.startsWith('W/') ? ', weak tag' : ''}`;
  },
  async 'three at once'(port) {
    const answers = await Promise.all([1, 2, 3].map(() => ask(port, videoPath)));
    return answers.every(({ body }) => sha(body) === VIDEO_SHA) ? '' : 'other bytes';
  },
  async 'broken off'(port) {
    const response = await open(port, videoPath);
    await once(response, 'data');
    response.destroy();
    const sinceMs = performance.now();
    while ((await openedClips()) > 0) {
      if (performance.now() - sinceMs > PATIENCE_MS) return 'file stays open';
      await sleep(20);
    }
    return '';
  },
  async events(port) {
    const person = createApiClient(`http://127.0.0.1:${port}`);
    await person.mutate('auth.login', ACCOUNT);
    const ended = new AbortController();
    const events = person.subscribe<unknown>('live.events', { channelIds: [] }, ended.signal);
    const title = `moved ${port}`;
    const arrived = (async () => {
      for await (const event of events) if (JSON.stringify(event).includes(title)) return performance.now();
      return Number.NaN;
    })().catch(() => Number.NaN);
    await sleep(SECOND);
    const sinceMs = performance.now();
    await client.mutate('clip.update', { clipId: clip.id, title });
    const atMs = await Promise.race([arrived, sleep(PATIENCE_MS, Number.NaN)]);
    ended.abort();
    if (Number.isNaN(atMs)) return 'none arrive';
    const lateMs = atMs - sinceMs;
    return lateMs < SECOND / 2 ? '' : `${(lateMs / SECOND).toFixed(1)} s late`;
  },
  async 'page’s tags'(port) {
    const { body } = await ask(port, linkPath, { host: `127.0.0.1:${port}` });
    return body.includes(`content="http://127.0.0.1:${port}${videoPath}"`) ? '' : 'another address';
  },
};

/** Asks for a part of the video. @returns what is wrong */
async function askForPart(port: number, accepted: Record<string, string>): Promise<string> {
  const before = sentBytes();
  const { status, headers, body } = await ask(port, videoPath, {
    ...accepted,
    range: `bytes=${PART.start}-${PART.end}`,
  });
  const sent = sentBytes() - before;
  if (status !== 206) return `${status}, ${(body.length / MiB).toFixed(0)} MiB`;
  if (headers['content-range'] !== `bytes ${PART.start}-${PART.end}/${VIDEO.length}`) return 'wrong range';
  if (headers['content-encoding'] !== undefined) return 'compressed';
  if (!body.equals(VIDEO.subarray(PART.start, PART.end + 1))) return 'other bytes';
  return sent > 2 * body.length ? `server sent ${(sent / MiB).toFixed(0)} MiB` : '';
}

/** Counts the open files of this process that are videos of clips. */
async function openedClips(): Promise<number> {
  const names = await readdir('/proc/self/fd');
  const paths = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
  return paths.filter((path) => path.endsWith('.mp4')).length;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

/** Waits until the proxy passes requests on. Traefik answers 404 in its first moments, before it has read where to. */
async function untilServing(port: number): Promise<void> {
  for (const untilMs = performance.now() + PATIENCE_MS; performance.now() < untilMs; await sleep(50)) {
    const status = await ask(port, '/healthz').then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
  }
  throw new Error('the proxy does not pass requests on');
}

async function look(proxy: ProxyConfig): Promise<Record<string, string>> {
  // nginx drops root, and must be able to write there.
  const folder = await mkdtemp(join(tmpdir(), 'hindsight-proxy-'));
  const listen = await freePort();
  // Traefik tells the language by the ending, and the others don't look at it.
  const path = join(folder, 'config.yml');
  await writeFile(path, proxy.config({ listen, server: serverPort }, folder));
  await promisify(execFile)('chmod', ['-R', '777', folder]);
  const child = spawn(proxy.program, proxy.args(path, listen), { stdio: 'ignore' });
  try {
    await untilServing(listen);
    const results: Record<string, string> = {};
    for (const [name, check] of Object.entries(CHECKS))
      results[name] = (await check(listen).catch((error: unknown) => String(error))) || 'ok';
    return results;
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

async function versionOf({ program, versionArgs }: ProxyConfig): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...versionArgs]);
    return `${stdout}${stderr}`.split('\n', 1)[0] ?? '';
  } catch {
    return null;
  }
}

try {
  const versions = new Map<string, string>();
  const table: Record<string, Record<string, string>> = { 'no proxy': {} };
  for (const [name, check] of Object.entries(CHECKS))
    Object.assign(table['no proxy'] ?? {}, { [name]: (await check(serverPort)) || 'ok' });
  for (const proxy of PROXIES) {
    const version = await versionOf(proxy);
    if (version === null) console.log(`${proxy.name}: ${proxy.program} is not on PATH`);
    else {
      versions.set(proxy.program, version);
      table[proxy.name] = await look(proxy);
    }
  }
  for (const [program, version] of versions) console.log(`${program}: ${version}`);
  console.table(table);
} finally {
  await server.remove();
}
