// This benchmark measures what the page costs the computers of those who have it open: of somebody who shares, and of somebody who
// watches that, while nobody is recorded and while the share is. Both have a browser of their own, which draws without a graphics
// card, in turns with the page of another checkout.
//   BASE=<folder of a checkout that is installed and built> node server/page.ts
// Without BASE, only this checkout is measured. Linux only.
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from '@playwright/test';
import { Person } from '@hindsight/e2e/person';
import { SHARING_BROWSER } from '@hindsight/rig/browsers/sharer';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { startLivekit } from '@hindsight/rig/servers/livekit';
import { SECOND } from '@hindsight/shared/units';
import { median } from '../figures.ts';
import { serverSettings, startCheckoutServer, type Checkout } from './checkout-server.ts';
import { cpuMsOf, processTree } from './processes.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SETTLE_MS = 4 * SECOND;
const MEASURED_MS = 15 * SECOND;

/** The cores that were busy for a browser, by the name of the row. */
type Figures = Map<string, number[]>;

/** Opens a browser of one's own for a person. Returns the person and how many cores the browser takes from now on. */
async function openBrowser(stack: AsyncDisposableStack, url: string, name: string) {
  const server = await chromium.launchServer(SHARING_BROWSER);
  stack.defer(() => server.close());
  const browser = await chromium.connect(server.wsEndpoint());
  const person = await Person.arrive(browser, url, name);
  await person.register();
  await person.joinChannel();
  const pid = server.process().pid ?? 0;
  return { person, cpuMs: () => cpuMsOf(processTree(pid)) };
}

async function measure(checkout: Checkout, figures: Figures): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'hindsight-bench-page-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const livekit = stack.adopt(await startLivekit(), (rig) => rig.stop());
  const settings = serverSettings(dataDir, livekit, await freeTcpPort());
  const { origin } = stack.use(await startCheckoutServer(checkout, settings));
  const sharer = await openBrowser(stack, origin, 'sharer');
  const watcher = await openBrowser(stack, origin, 'watcher');

  /** Measures both browsers at once. */
  const note = async (when: string) => {
    await sleep(SETTLE_MS);
    const before = [sharer.cpuMs(), watcher.cpuMs()] as const;
    const from = performance.now();
    await sleep(MEASURED_MS);
    const ms = performance.now() - from;
    for (const [who, cores] of [
      ['sharer', (sharer.cpuMs() - before[0]) / ms],
      ['watcher', (watcher.cpuMs() - before[1]) / ms],
    ] as const) {
      const row = `cores of the ${who}’s browser, ${when}`;
      figures.set(row, [...(figures.get(row) ?? []), cores]);
    }
  };
  await note('nobody shares');
  await sharer.person.shareScreen();
  await note('shared');
  await sharer.person.enableBuffer();
  await sharer.person.waitForBuffered(5);
  await note('shared and recorded');
}

const checkouts: Checkout[] = [{ name: 'this', folder: resolve(import.meta.dirname, '../..') }];
const base = process.env['BASE'];
if (base !== undefined) checkouts.unshift({ name: 'base', folder: resolve(base) });
const sides = checkouts.map((checkout) => ({ checkout, figures: new Map() as Figures }));
console.log(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}, ${ROUNDS} rounds, medians`);
for (let round = 0; round < ROUNDS; round++)
  for (const { checkout, figures } of round % 2 === 0 ? sides : sides.toReversed())
    await measure(checkout, figures);

for (const row of sides[0]?.figures.keys() ?? []) {
  const values = sides.map(({ figures }) => median(figures.get(row) ?? []));
  const [first = Number.NaN, second] = values;
  const shown = sides.map(({ checkout }, i) => `${checkout.name} ${values[i]?.toFixed(2)}`).join(', ');
  console.log(`${row}: ${shown}${second === undefined ? '' : `, ${(second / first).toFixed(2)}x`}`);
}
