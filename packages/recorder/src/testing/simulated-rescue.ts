import { TrackRescue, type Remedy } from '../track-rescue.ts';
import { seededRandom } from './seeded-random.ts';

/** The picture of a share beside its sound, over a network and on a machine that may be bad. Times are in ms since its start. */
export interface SimulatedLane {
  forMs: number;
  /** A picture comes this often, in this many packets. */
  pictureMs: number;
  packets: number;
  /** The picture doesn't change from this time on, so that nothing is sent, not even when a keyframe is asked for. */
  stillFromMs?: number;
  /** None of the picture's packets arrives from this time on. */
  deadFromMs?: number;
  hasSound?: boolean;
  lossFraction?: number;
  jitterMs?: number;
  /** Nothing at all arrives in these times. */
  cuts?: readonly { atMs: number; forMs: number }[];
  /** The thread does nothing in these times. Its socket keeps a few packets of them and drops the rest. */
  holdUps?: readonly { atMs: number; forMs: number }[];
  seed?: number;
}

const TICK_MS = 20;
const SOUND_MS = 20;
const REPORT_MS = 3000;
const DELAY_MS = 10;
const ROUND_TRIP_MS = 40;
const SOCKET_PACKETS = 90;

interface Happening {
  atMs: number;
  run: (nowMs: number) => void;
}

/** Runs a share through the rescue of its picture. Returns the remedies, and when they were due. */
export function simulateRescue(lane: SimulatedLane): [atMs: number, remedy: Remedy][] {
  const { forMs, lossFraction = 0, jitterMs = 0, hasSound = true } = lane;
  const random = seededRandom(lane.seed ?? 1);
  const within = (times: SimulatedLane['cuts'], atMs: number) =>
    times?.find((time) => atMs >= time.atMs && atMs < time.atMs + time.forMs);
  const rescue = new TrackRescue(0);
  const arrivals: Happening[] = [];
  const send = (sentMs: number, run: Happening['run']): boolean => {
    const atMs = sentMs + DELAY_MS + random() ** 3 * jitterMs;
    if (random() < lossFraction || within(lane.cuts, atMs) !== undefined) return false;
    arrivals.push({ atMs, run });
    return true;
  };
  /** The times at which LiveKit counts a packet. */
  const counted: number[] = [];
  let sequenceNumber = 65_000;
  let lost: { number: number; sentMs: number }[] = [];
  for (let sentMs = 0; sentMs < Math.min(forMs, lane.stillFromMs ?? forMs); sentMs += lane.pictureMs) {
    const isDead = sentMs >= (lane.deadFromMs ?? forMs);
    for (let i = 0; i < lane.packets; i++) {
      const number = sequenceNumber++ & 0xffff;
      counted.push(sentMs);
      if (isDead) continue;
      if (!send(sentMs, (nowMs) => rescue.read(number, nowMs))) {
        lost.push({ number, sentMs });
        continue;
      }
      // A later packet shows what is missing, so it is asked for, and counted again.
      for (const missing of lost) {
        const againMs = sentMs + ROUND_TRIP_MS;
        arrivals.push({ atMs: againMs - ROUND_TRIP_MS / 2, run: (nowMs) => rescue.askAgain(1, nowMs) });
        counted.push(againMs);
        send(againMs, (nowMs) => rescue.read(missing.number, nowMs));
      }
      lost = [];
    }
  }
  for (let sentMs = 0; hasSound && sentMs < forMs; sentMs += SOUND_MS)
    send(sentMs, (nowMs) => rescue.readOther(nowMs));
  counted.sort((a, b) => a - b);
  for (let sentMs = REPORT_MS / 2; sentMs < forMs; sentMs += REPORT_MS) {
    const packets = counted.filter((atMs) => atMs <= sentMs).length;
    send(sentMs, (nowMs) => rescue.reported(packets, sentMs, nowMs));
  }
  const remedies: [number, Remedy][] = [];
  const check = (nowMs: number): void => {
    const remedy = rescue.check(nowMs);
    if (remedy !== undefined) remedies.push([nowMs, remedy]);
  };
  const ticks: Happening[] = [];
  for (let atMs = 0; atMs < forMs; atMs += TICK_MS)
    if (within(lane.holdUps, atMs) === undefined) ticks.push({ atMs, run: check });
  const kept = new Map<unknown, number>();
  const delivered = arrivals
    .toSorted((a, b) => a.atMs - b.atMs)
    .flatMap(({ atMs, run }) => {
      const holdUp = within(lane.holdUps, atMs);
      if (holdUp === undefined) return { atMs, run };
      const waiting = (kept.get(holdUp) ?? 0) + 1;
      kept.set(holdUp, waiting);
      return waiting > SOCKET_PACKETS ? [] : { atMs: holdUp.atMs + holdUp.forMs, run };
    });
  for (const { atMs, run } of [...delivered, ...ticks].toSorted((a, b) => a.atMs - b.atMs)) run(atMs);
  return remedies;
}
