// This benchmark measures what outages and packet loss cost a recording: how long the hole in its timeline is, how long it
// shows no new picture, and how much of that is due to lost packets. One share from a publisher that draws its own clock goes
// through a real livekit-server and a relay that cuts, delays and drops packets.
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordingLosses } from '@hindsight/recorder/recorder.port';
import { RecordedShare } from '@hindsight/recorder/testing/recorded-share';
import { GOOD_NETWORK, type NetworkConditions } from '@hindsight/recorder/testing/udp-relay';
import { MINUTE, SECOND } from '@hindsight/shared/units';

const OUTAGES_S = [1, 5, 30];
const LOSS_MS = Number(process.env['BENCH_SECONDS'] ?? 20) * SECOND;
const BACK_DEADLINE_MS = 60 * SECOND;
/** The last picture and the last media this long before an outage are counted as part of it. */
const AROUND_MS = 1 * SECOND;

interface Step {
  name: string;
  fromMs: number;
  toMs: number;
}

/** Waits until the recording shows pictures that were drawn after the call. */
async function untilBack(share: RecordedShare): Promise<void> {
  const nowMs = Date.now();
  while ((await share.newestPictureMs()) < nowMs + SECOND) {
    if (Date.now() > nowMs + BACK_DEADLINE_MS) throw new Error('the recording did not come back');
    await sleep(500);
  }
}

/** Returns the longest time between two successive pictures. */
function longestStillMs(drawnAt: readonly number[], { fromMs, toMs }: Step): number {
  const near = drawnAt.filter((at) => at > fromMs - AROUND_MS && at < toMs);
  return Math.max(...near.slice(1).map((at, i) => at - (near[i] ?? at)));
}

async function outages(): Promise<void> {
  const share = await RecordedShare.start();
  const steps: Step[] = [];
  async function go(name: string, happen: () => Promise<void> | void): Promise<void> {
    await sleep(2 * AROUND_MS);
    const fromMs = Date.now();
    await happen();
    await untilBack(share);
    steps.push({ name, fromMs, toMs: Date.now() });
  }
  try {
    await untilBack(share);
    for (const seconds of OUTAGES_S)
      await go(`network of the recorder cut for ${seconds} s`, async () => {
        share.relay.cut(true);
        await sleep(seconds * SECOND);
        share.relay.cut(false);
      });
    await go('signalling broken off', () => share.relay.breakSignal());
    await go('LiveKit frozen for 5 s', async () => {
      share.livekit.freeze(true);
      await sleep(5 * SECOND);
      share.livekit.freeze(false);
    });
    await go('publisher connects anew', () => share.publisher.reconnect());
    await go('LiveKit killed and started again', () => share.livekit.restart());
    await share.stop();

    const drawnAt = (await share.pictures()).flatMap(({ burntMs }) => burntMs ?? []);
    console.log('| outage | hole in the timeline ms | longest time without a new picture ms |');
    console.log('| ------ | ----------------------: | ------------------------------------: |');
    for (const step of steps) {
      const holes = share
        .gaps()
        .filter(({ fromMs }) => fromMs > step.fromMs - AROUND_MS && fromMs < step.toMs)
        .reduce((sum, { lengthMs }) => sum + lengthMs, 0);
      console.log(`| ${step.name} | ${holes.toFixed(0)} | ${longestStillMs(drawnAt, step).toFixed(0)} |`);
    }
  } finally {
    await share.close();
  }
}

async function losses(): Promise<void> {
  const share = await RecordedShare.start();
  const taken = async (): Promise<RecordingLosses> => {
    const { losses: now } = await share.status();
    if (now === undefined) throw new Error('a recording counts its losses');
    return now;
  };
  try {
    await untilBack(share);
    console.log(
      '\n| packets lost | round trip ms | asked for again and come | given up | frozen s per min |',
    );
    console.log('| -----------: | ------------: | -----------------------: | -------: | ---------------: |');
    for (const [lossFraction, roundTripMs] of [
      [0, 20],
      [0.01, 20],
      [0.02, 20],
      [0.05, 20],
      [0.02, 100],
      [0.02, 200],
      [0.05, 200],
    ] as const) {
      const conditions: NetworkConditions = {
        ...GOOD_NETWORK,
        // The packets are lost and delayed in both directions.
        lossFraction,
        delayMs: roundTripMs / 2,
        jitterMs: roundTripMs / 10,
      };
      const before = await taken();
      share.relay.media.conditions = conditions;
      await sleep(LOSS_MS);
      share.relay.media.conditions = GOOD_NETWORK;
      await untilBack(share);
      const after = await taken();
      const cells = [
        `${lossFraction * 100} %`,
        `${roundTripMs}`,
        `${after.recoveredPackets - before.recoveredPackets}`,
        `${after.lostPackets - before.lostPackets}`,
        ((((after.frozenMs - before.frozenMs) / LOSS_MS) * MINUTE) / SECOND).toFixed(2),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
    await share.stop();
  } finally {
    await share.close();
  }
}

await outages();
await losses();
console.log(`\nload ${loadavg()[0]?.toFixed(1)}`);
// werift keeps the sockets of the publisher's lost connections open.
process.exit();
