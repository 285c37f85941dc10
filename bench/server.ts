// This benchmark measures a whole server of this checkout beside one of another checkout, both with their default database and
// started as `npm start` does, in turns: the memory of all its processes, presses, and its start.
//   BASE=<folder of a checkout that is installed and built> node server.ts [idle] [presses] [recordings]
// Without BASE, only this checkout is measured. Linux only.
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { createApiClient } from '@hindsight/server/testing/api-client';
import { GiB, MINUTE, SECOND } from '@hindsight/shared/units';
import { appendIndexes } from './capture/indexed-pieces.ts';
import { median, percentile } from './figures.ts';
import { startPublishers } from './recording/publishers.ts';
import { serverSettings, startCheckoutServer, type Checkout } from './server/checkout-server.ts';
import { addPeople } from './server/people.ts';
import type { PeopleTask, Person } from './server/people-process.ts';
import { clearClips, pressInBrowser, pressTogether, untilWatchable } from './server/presses.ts';
import { visitFirstPage } from './server/visits.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const MEMORY_ROUNDS = Math.min(ROUNDS, 3);
const BUFFER_MS = 10 * MINUTE;
const MEDIA = {
  durationMs: BUFFER_MS,
  loopMs: 20 * SECOND,
  bitrateBps: 3_000_000,
  width: 1280,
  height: 720,
  framesPerSecond: 30,
};
const PRESSES = 50;
/** The presses of these come first and are not counted, because the programs have just been loaded. */
const WARM_UPS = 5;
const RECORDINGS = 10;
const CAPTURES = 5;
const RECORDED_MS = 30 * SECOND;
/** Memory beside recordings is looked at this often, because it changes all the time. */
const MEMORY_SAMPLES = 5;
const MEMORY_SAMPLE_MS = 3 * SECOND;

/** The figures of one checkout, by the name of the row. */
type Figures = Map<string, number[]>;

interface Side {
  checkout: Checkout;
  figures: Figures;
  livekit: LivekitRig;
  port: number;
  settings: Record<string, string>;
  people: Person[];
}

function note({ figures }: Side, row: string, value: number): void {
  figures.set(row, [...(figures.get(row) ?? []), value]);
}

const ROWS = {
  firstPss: 'MiB idle after the first page, first start (PSS)',
  firstRss: 'MiB idle after the first page, first start (RSS)',
  firstReady: 'ms from spawn to READY, first start',
  pss: 'MiB idle after the first page (PSS)',
  rss: 'MiB idle after the first page (RSS)',
  busyPss: `MiB with ${RECORDINGS} recordings and ${CAPTURES} captures behind it (PSS)`,
  busyRss: `MiB with ${RECORDINGS} recordings and ${CAPTURES} captures behind it (RSS)`,
  together: `ms until ${PRESSES} presses in one instant are accepted (p95)`,
  oneMinute: 'ms from the first press to the first picture, 1 min',
  oneMinuteAccepted: 'ms of it until accepted, 1 min',
  oneMinuteReady: 'ms of it until READY, 1 min (the rest is the browser loading the clip)',
  tenMinutes: 'ms from the first press to the first picture, 10 min',
  tenMinutesAccepted: 'ms of it until accepted, 10 min',
  tenMinutesReady: 'ms of it until READY, 10 min',
  ready: 'ms from spawn to READY, database up to date',
};

/** Measures a new instance: its memory after the first page, at its first and at its second start. */
async function measureNewInstance(side: Side): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hindsight-bench-new-'));
  try {
    for (const how of ['register', 'login'] as const) {
      await using server = await startCheckoutServer(side.checkout, {
        ...{ ...side.settings, DATA_DIR: dataDir },
        // A new installation has not compiled any code yet.
        NODE_COMPILE_CACHE: join(dataDir, 'code'),
      });
      const leaving = new AbortController();
      await visitFirstPage(server.origin, how, leaving.signal);
      const { pssMiB, rssMiB } = await server.idleMemory();
      leaving.abort();
      const isFirst = how === 'register';
      note(side, isFirst ? ROWS.firstPss : ROWS.pss, pssMiB);
      note(side, isFirst ? ROWS.firstRss : ROWS.rss, rssMiB);
      if (isFirst) note(side, ROWS.firstReady, server.readyMs);
    }
  } finally {
    await rm(dataDir, { recursive: true });
  }
}

/** Starts a server, and measures how long that takes and how long its first press does. */
async function measureFirstPress(side: Side, person: Person, lastMinutes: 1 | 10): Promise<void> {
  await using server = await startCheckoutServer(side.checkout, side.settings);
  const { accepted, firstPicture, ready } = await pressInBrowser(server.origin, person, lastMinutes);
  note(side, ROWS.ready, server.readyMs);
  note(side, lastMinutes === 1 ? ROWS.oneMinute : ROWS.tenMinutes, firstPicture);
  note(side, lastMinutes === 1 ? ROWS.oneMinuteAccepted : ROWS.tenMinutesAccepted, accepted);
  note(side, lastMinutes === 1 ? ROWS.oneMinuteReady : ROWS.tenMinutesReady, ready);
  await clearClips(server.origin, [person]);
}

async function measurePressesTogether(side: Side, people: readonly Person[]): Promise<void> {
  await using server = await startCheckoutServer(side.checkout, side.settings);
  for (const person of people.slice(0, WARM_UPS)) await pressTogether(server.origin, [person]);
  await clearClips(server.origin, people.slice(0, WARM_UPS));
  const others = people.slice(WARM_UPS, WARM_UPS + PRESSES);
  note(side, ROWS.together, percentile(await pressTogether(server.origin, others), 0.95));
  await clearClips(server.origin, others);
}

async function measureBesideRecordings(side: Side, people: readonly Person[]): Promise<void> {
  await using server = await startCheckoutServer(side.checkout, side.settings);
  const leaving = new AbortController();
  await visitFirstPage(server.origin, 'register', leaving.signal);
  const sharers = people.slice(0, RECORDINGS);
  const publishers = await startPublishers({
    livekit: side.livekit,
    shares: sharers.map(({ id, channelId }) => ({ room: channelId, identity: id })),
  });
  for (const [index, { videoTrackSid, audioTrackSid }] of publishers.shares.entries()) {
    const { token, channelId } = sharers[index] ?? { token: '', channelId: '' };
    const share = { channelId, videoTrackSid, audioTrackSid, quality: '720p' };
    await createApiClient(server.origin, token).mutate('replay.start', share);
  }
  await sleep(RECORDED_MS);
  await pressTogether(server.origin, sharers.slice(0, CAPTURES));
  await untilWatchable(server.origin, sharers.slice(0, CAPTURES));
  await sleep(RECORDED_MS);
  const samples = [];
  for (let sample = 0; sample < MEMORY_SAMPLES; sample++) {
    samples.push(server.memory());
    await sleep(MEMORY_SAMPLE_MS);
  }
  note(side, ROWS.busyPss, median(samples.map(({ pssMiB }) => pssMiB)));
  note(side, ROWS.busyRss, median(samples.map(({ rssMiB }) => rssMiB)));
  publishers.close();
  leaving.abort();
}

function printTable([base, ours]: readonly Side[]): void {
  if (base === undefined) return;
  const columns = ours === undefined ? [base] : [base, ours];
  console.log(`\n| | ${columns.map(({ checkout }) => checkout.name).join(' | ')} | |`);
  console.log(`| --- | ${columns.map(() => '---:').join(' | ')} | ---: |`);
  for (const row of Object.values(ROWS)) {
    const values = columns.map(({ figures }) => median(figures.get(row) ?? []));
    if (values.every(Number.isNaN)) continue;
    const [of = Number.NaN, is = Number.NaN] = values;
    const ratio = ours === undefined ? '' : `${(is / of).toFixed(2)}x`;
    console.log(`| ${row} | ${values.map((value) => value.toFixed(0)).join(' | ')} | ${ratio} |`);
  }
  console.log(`\nload ${loadavg()[0]?.toFixed(1)}`);
}

async function openSide(checkout: Checkout, directory: string): Promise<Side> {
  const port = await freeTcpPort();
  const livekit = await startLivekit({ webhookUrl: `http://127.0.0.1:${port}/api/livekit/webhook` });
  const settings = serverSettings(join(directory, `data-${checkout.name}`), livekit, port);
  return { checkout, figures: new Map(), livekit, port, settings, people: [] };
}

async function main(directory: string): Promise<void> {
  const base = process.env['BASE'];
  const checkouts: Checkout[] = [
    ...(base === undefined ? [] : [{ name: 'base', folder: resolve(base) }]),
    { name: 'this', folder: resolve(import.meta.dirname, '..') },
  ];
  const sides: Side[] = [];
  for (const checkout of checkouts) sides.push(await openSide(checkout, directory));
  /** Measures every checkout in turns, so that all meet the same load of the machine. */
  const inTurns = async (rounds: number, measure: (side: Side, round: number) => Promise<void>) => {
    for (let round = 0; round < rounds; round++)
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) await measure(side, round);
  };
  try {
    const only = process.argv.slice(2);
    const isWanted = (what: string) => only.length === 0 || only.includes(what);
    if (isWanted('idle')) await inTurns(MEMORY_ROUNDS, measureNewInstance);
    if (isWanted('presses') || isWanted('recordings')) {
      const startMs = Date.now() - BUFFER_MS;
      const written = await writeSyntheticSession({
        ...{ ...MEDIA, startMs, bufferDir: directory },
        ...{ room: 'media', user: 'of', sessionId: 'all' },
      });
      await appendIndexes(written.pieces);
      const media: PeopleTask['media'] = { dir: written.dir, startMs, endMs: Date.now() };
      for (const side of sides) {
        const { checkout, settings } = side;
        const task = { folder: checkout.folder, settings, people: WARM_UPS + PRESSES + 1, media };
        side.people = await addPeople(task);
      }
    }
    if (isWanted('presses')) {
      await inTurns(2 * ROUNDS, async (side, round) => {
        const [person] = side.people;
        if (person !== undefined) await measureFirstPress(side, person, round < ROUNDS ? 1 : 10);
      });
      await inTurns(ROUNDS, (side) => measurePressesTogether(side, side.people.slice(1)));
    }
    if (isWanted('recordings')) await inTurns(1, (side) => measureBesideRecordings(side, side.people));
    printTable(sides);
  } finally {
    for (const { livekit } of sides) await livekit.stop();
  }
}

const cpu = cpus();
const machine = `${cpu.length} x ${cpu[0]?.model.trim()}, ${(totalmem() / GiB).toFixed(0)} GiB, Linux ${release()}`;
console.log(`${machine}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}; medians of ${ROUNDS}`);
const directory = await mkdtemp(join(tmpdir(), 'hindsight-bench-server-'));
try {
  await main(directory);
} finally {
  await rm(directory, { recursive: true });
}
