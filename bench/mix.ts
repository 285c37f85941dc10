// This benchmark measures what mixed sound costs: the time from the press to the first picture and sound in a browser, of a share alone
// and of one with voices, in turns; and how fast a clip is mixed. `node mix.ts`; BENCH_VOICES and BENCH_ROUNDS say how much.
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@hindsight/db/database';
import { openOwnServer } from '@hindsight/db/own-server/own-server';
import { openVideoPage, type VideoPage } from '@hindsight/rig/browsers/video-page';
import { mixPackets } from '@hindsight/server/capture/mix/mix-packets';
import { keepVoice } from '@hindsight/server/capture/mix/testing/kept-voice';
import { tonePackets } from '@hindsight/server/capture/mix/testing/tones';
import { openCaptureStage, type Capturer, type CaptureStage } from '@hindsight/server/testing/capture-stage';
import { GiB, KiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { CaptureServer } from './capture/capture-server.ts';
import { medians, pressAndWatch, type Moments } from './capture/press-times.ts';
import type { ServerPlace } from './capture/server-process.ts';
import { median } from './figures.ts';
import { appendIndexes } from './capture/indexed-pieces.ts';

const VOICES = Number(process.env['BENCH_VOICES'] ?? 6);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const DURATION_MS = 10 * MINUTE;
const LOOP_MS = 20 * SECOND;
const MEDIA = {
  durationMs: DURATION_MS,
  loopMs: LOOP_MS,
  bitrateBps: 3_000_000,
  width: 1280,
  height: 720,
  framesPerSecond: 30,
  // A player shows nothing before it has the first one, with its sound.
  fragmentMs: 800,
};
const SEEKS = 10;
/** Posters and files are made after so long. */
const NEVER_MS = 60 * MINUTE;
const CHUNKS = 10;
const CHUNK_PACKETS = 50;
const CHUNK_MS = 1000;

/** Returns ten minutes of somebody who never stops. */
function endlessTone(voice: number) {
  const tone = tonePackets({ hertz: 300 + 170 * voice, level: 3000, seconds: LOOP_MS / SECOND });
  const loopTicks = tone.length * 960;
  return Array.from({ length: DURATION_MS / LOOP_MS }, (_, loop) =>
    tone.map((packet) => ({ ...packet, at: packet.at + loop * loopTicks })),
  ).flat();
}

/** Makes somebody who has shared for ten minutes, with voices of members who agreed. */
async function sharer(stage: CaptureStage, startMs: number, voices: number): Promise<Capturer> {
  const capturer = await stage.createCapturer();
  const session = await stage.record(capturer, { ...MEDIA, startMs });
  await appendIndexes(session.pieces);
  const { communityId } = capturer;
  const role = await stage.db.role.findFirstOrThrow({ where: { communityId } });
  await stage.db.role.update({ where: { id: role.id }, data: { actions: ['CAPTURE_REPLAY', 'CONNECT'] } });
  for (let voice = 0; voice < voices; voice++) {
    const { user } = await stage.createCapturer();
    await stage.db.communityMember.create({ data: { communityId, userId: user.id, mayKeepVoice: true } });
    await stage.db.memberRole.create({ data: { communityId, userId: user.id, roleId: role.id } });
    await keepVoice(session.dir, user.id, { fromMs: startMs, packets: endlessTone(voice) });
  }
  const kept = voices === 0 ? 0 : await sizeOf(join(session.dir, 'voices'));
  if (voices > 0)
    console.log(
      `kept: ${(kept / voices / (DURATION_MS / MINUTE) / KiB).toFixed(0)} KiB for each voice and minute`,
    );
  return capturer;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Mixes some chunks in this thread. */
function benchSpeed(): void {
  const sources = Array.from({ length: VOICES + 1 }, (_, voice) => ({
    ...{ from: 0, to: Number.POSITIVE_INFINITY },
    packets: tonePackets({ hertz: 300 + 170 * voice, level: 3000, seconds: LOOP_MS / SECOND }),
  }));
  mixPackets(sources, { first: 0, count: CHUNK_PACKETS });
  const before = process.cpuUsage();
  for (let chunk = 0; chunk < CHUNKS; chunk++)
    mixPackets(sources, { first: (chunk % 9) * CHUNK_PACKETS, count: CHUNK_PACKETS });
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000 / CHUNKS;
  console.log(
    `a chunk of 1 s of ${VOICES} voices and the share: ${cpuMs.toFixed(0)} ms of CPU, ${(CHUNK_MS / cpuMs).toFixed(0)} times real time`,
  );
}

/** Somebody and the server on which they press, which writes no files: that takes minutes where voices are mixed. */
interface Side {
  name: string;
  capturer: Capturer;
  server: CaptureServer;
  origin: string;
}

async function openSide(place: ServerPlace, name: string, capturer: Capturer): Promise<Side> {
  const server = new CaptureServer();
  const order = { type: 'open', ...place, viewer: capturer, finishDelayMs: NEVER_MS } as const;
  const { origin } = await server.tell(order, 'opened');
  return { name, capturer, server, origin };
}

/** Presses on both sides in turns; the first press on each doesn't count. */
async function benchPresses(sides: readonly Side[], page: VideoPage): Promise<void> {
  console.log('\n| | accepted | READY | first byte | first picture and sound |');
  console.log('| --- | ---: | ---: | ---: | ---: |');
  for (const lastMinutes of [1, 10] as const) {
    const moments = new Map<Side, Moments[]>(sides.map((side) => [side, []]));
    for (let round = -1; round < ROUNDS; round++)
      for (const side of sides) {
        const how = { wanted: { lastMinutes }, page, isFileAwaited: false };
        const one = await pressAndWatch(side, side.capturer, how);
        if (round >= 0) moments.get(side)?.push(one);
      }
    const pictures = [];
    for (const [{ name }, all] of moments) {
      const { accepted, ready, firstByte, firstPicture } = medians(all);
      const cells = [accepted, ready, firstByte, firstPicture].map((ms) => ms.toFixed(0));
      console.log(`| ${lastMinutes} min, ${name} | ${cells.join(' | ')} |`);
      pictures.push(firstPicture);
    }
    console.log(`| ratio | | | | ${((pictures[1] ?? 0) / (pictures[0] ?? 1)).toFixed(2)} |`);
  }
}

/** Jumps about in a clip of ten minutes of which nothing is mixed, and measures when it is heard. */
async function benchSeeks({ name, capturer, server, origin }: Side): Promise<void> {
  const { clipId } = await server.tell({ type: 'press', capturer, wanted: { lastMinutes: 10 } }, 'accepted');
  const { videoUrl } = await server.hear('ready');
  await using page = await openVideoPage(origin);
  await page.load(`${origin}${videoUrl}`);
  await page.soundAfterSeek(0);
  const places = Array.from(
    { length: SEEKS },
    // Each is far from all others.
    (_, seek) => 20.3 + ((seek * 217.37) % (DURATION_MS / SECOND - 40)),
  );
  console.log(`\nfrom a seek to sound, ${name}, ${SEEKS} seeks:`);
  for (const what of ['nothing is mixed there', 'once more at the same places']) {
    const times: number[] = [];
    for (const place of places) times.push(await page.soundAfterSeek(place));
    console.log(`${what}: ${median(times).toFixed(0)} ms, at most ${Math.max(...times).toFixed(0)} ms`);
  }
  await server.tell({ type: 'remove', capturer, clipId }, 'removed');
}

const directory = await mkdtemp(join(tmpdir(), 'hindsight-bench-'));
const postgres = await openOwnServer(join(directory, 'postgres'));
const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end());
try {
  const cpu = cpus();
  console.log(
    `${cpu.length} x ${cpu[0]?.model.trim()}, ${(totalmem() / GiB).toFixed(0)} GiB, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}; medians of ${ROUNDS}`,
  );
  benchSpeed();
  const database = await openDatabase(postgres.url);
  const stage = await openCaptureStage({ directory, database, quotaBytes: 100 * GiB });
  const startMs = Date.now() - DURATION_MS;
  const alone = await sharer(stage, startMs, 0);
  const talking = await sharer(stage, startMs, VOICES);
  await stage.close();
  await once(site.listen(0, '127.0.0.1'), 'listening');
  const { port } = site.address() as AddressInfo;
  await using page = await openVideoPage(`http://127.0.0.1:${port}`);
  const place = { directory, databaseUrl: postgres.url };
  const sides = [
    await openSide(place, 'the share alone', alone),
    await openSide(place, `with ${VOICES} voices`, talking),
  ];
  try {
    await benchPresses(sides, page);
    // The share alone is silent but for a beep each second.
    if (sides[1] !== undefined) await benchSeeks(sides[1]);
  } finally {
    await Promise.all(sides.map(({ server }) => server[Symbol.asyncDispose]()));
  }
} finally {
  site.close();
  site.closeAllConnections();
  await postgres.close();
  await rm(directory, { recursive: true });
}
