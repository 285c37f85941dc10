import type { MediaKind } from '../codecs/rtp-data.ts';
import { seededRandom } from './seeded-random.ts';
import {
  simulateIntake,
  type Delivered,
  type SimulatedPacket,
  type SimulatedReport,
} from './simulated-intake.ts';

/** The media clock of a track stands still: nothing is captured, and RTP time goes on afterwards without a gap. */
export interface Stall {
  kind: MediaKind;
  atMs: number;
  forMs: number;
}

/** The network delivers nothing for a while, and then what it has kept, this much faster than it was sent. */
interface Outage {
  atMs: number;
  forMs: number;
  drain: number;
}

export interface SimulatedShare {
  forMs: number;
  /** The times between pictures, over and over. Packets of sound come each 20 ms. */
  pictureMs?: readonly number[];
  /** Sound that nobody would hear is not sent: only each twentieth packet, as with DTX. */
  quiet?: { fromMs: number; toMs: number };
  stalls?: readonly Stall[];
  /** Whether the sender goes on with its reports while its clock stands still, as browsers do. */
  reportsGoOn?: boolean;
  jitterMs?: number;
  outages?: readonly Outage[];
  /** From this time on everything takes this much longer, reports too. */
  longerWay?: { atMs: number; byMs: number };
  /** Whether LiveKit's reports go through the network that is out, too. */
  areReportsOut?: boolean;
  /** Packets that are captured in these times are lost; with `recoveredMs` they come this much after the end, at once. */
  lost?: readonly { kind: MediaKind; fromMs: number; toMs: number; recoveredMs?: number }[];
  /** From this time on the RTP time of a track is this much ahead, or behind. */
  jumps?: readonly { kind: MediaKind; atMs: number; byMs: number }[];
  seed?: number;
}

/** A share begins at this time. */
const SHARE_START_MS = 1_795_000_000_000;
const SOUND_MS = 20;
const DTX_PACKETS = 20;
const DELAY_MS = 15;
const SENDER_REPORT_MS = 1000;
const LIVEKIT_REPORT_MS = 3000;
/** RTP times begin here, so that they may go back. */
const FIRST_MEDIA_MS = 3_600_000;

/** Media as an intake has delivered them, with times in ms since the start of the share. */
export interface Placed {
  kind: MediaKind;
  capturedMs: number;
  /** How far their time is from the true one. */
  errorMs: number;
  /** How long after their arrival they were delivered, at most. */
  lagMs: number;
}

/**
 * Simulates a share from its capture to an intake, with a LiveKit that reports the sender's clock each 3 s as LiveKit 1.13 does:
 * by the newest report of the sender whose RTP time isn't behind that of the one before.
 */
export function simulateShare(share: SimulatedShare): Placed[] {
  const kinds = ['video', 'audio'] as const;
  const network = networkOf(share);
  const packets = kinds.flatMap((kind) => packetsOf(share, kind, network));
  const reports = kinds.flatMap((kind) => reportsOf(share, kind, network));
  const place = ({ kind, capturedMs, wallMs, deliveredMs }: Delivered): Placed => ({
    kind,
    capturedMs: capturedMs - SHARE_START_MS,
    errorMs: wallMs - capturedMs - DELAY_MS,
    lagMs: deliveredMs - capturedMs,
  });
  return simulateIntake(packets, reports).map(place);
}

type Network = (sentMs: number) => number;

/** Returns when what was sent at a time arrives, both in ms since the start. */
function networkOf({ jitterMs = 0, outages = [], longerWay, seed = 1 }: SimulatedShare): Network {
  const random = seededRandom(seed);
  return (sentMs) => {
    const kept = outages.map(({ atMs, forMs, drain }) =>
      sentMs < atMs ? 0 : Math.max(sentMs, atMs + forMs + (sentMs - atMs) / drain),
    );
    const moreMs = longerWay !== undefined && sentMs >= longerWay.atMs ? longerWay.byMs : 0;
    return Math.max(sentMs, ...kept) + DELAY_MS + moreMs + random() ** 4 * jitterMs;
  };
}

/** Returns a track's media time at a time of the share. While the clock stands still it is `isRunning` on or not. */
function mediaMs(share: SimulatedShare, kind: MediaKind, atMs: number, isRunning: boolean): number {
  const stalls = (share.stalls ?? []).filter((stall) => stall.kind === kind && stall.atMs <= atMs);
  const stood = stalls.map(({ atMs: fromMs, forMs }) =>
    atMs < fromMs + forMs ? (isRunning ? 0 : atMs - fromMs) : forMs,
  );
  const jumps = (share.jumps ?? []).filter((jump) => jump.kind === kind && jump.atMs <= atMs);
  return FIRST_MEDIA_MS + atMs - sum(stood) + sum(jumps.map(({ byMs }) => byMs));
}

function isStalled(share: SimulatedShare, kind: MediaKind, atMs: number): boolean {
  return (share.stalls ?? []).some(
    (stall) => stall.kind === kind && atMs >= stall.atMs && atMs < stall.atMs + stall.forMs,
  );
}

function captureTimes({ forMs, pictureMs = [67], quiet }: SimulatedShare, kind: MediaKind): number[] {
  const times: number[] = [];
  for (let atMs = 0, i = 0; atMs < forMs; i++) {
    const isQuiet = kind === 'audio' && quiet !== undefined && atMs >= quiet.fromMs && atMs < quiet.toMs;
    if (!isQuiet || i % DTX_PACKETS === 0) times.push(atMs);
    atMs += kind === 'audio' ? SOUND_MS : (pictureMs[i % pictureMs.length] ?? NaN);
  }
  return times;
}

function packetsOf(share: SimulatedShare, kind: MediaKind, network: Network): SimulatedPacket[] {
  const times = captureTimes(share, kind).filter((atMs) => !isStalled(share, kind, atMs));
  return times.flatMap((atMs, sequenceNumber) => {
    const lost = share.lost?.find((l) => l.kind === kind && atMs >= l.fromMs && atMs < l.toMs);
    if (lost !== undefined && lost.recoveredMs === undefined) return [];
    const arrivalMs =
      lost?.recoveredMs === undefined
        ? network(atMs + (kind === 'audio' ? SOUND_MS : 0))
        : lost.toMs + lost.recoveredMs;
    return {
      kind,
      sequenceNumber,
      capturedMs: SHARE_START_MS + atMs,
      mediaMs: mediaMs(share, kind, atMs, false),
      arrivalMs: SHARE_START_MS + arrivalMs,
    };
  });
}

function reportsOf(share: SimulatedShare, kind: MediaKind, network: Network): SimulatedReport[] {
  const reports: SimulatedReport[] = [];
  let told: { atMs: number; mediaMs: number } | undefined;
  for (let atMs = 0; atMs < share.forMs; atMs += SENDER_REPORT_MS) {
    const isSent = share.reportsGoOn === true || !isStalled(share, kind, atMs);
    const media = mediaMs(share, kind, atMs, true);
    const isJump = (share.jumps ?? []).some(
      (jump) => jump.kind === kind && jump.atMs <= atMs && jump.atMs > atMs - SENDER_REPORT_MS,
    );
    if (isSent && (told === undefined || media > told.mediaMs || isJump)) told = { atMs, mediaMs: media };
    if (atMs % LIVEKIT_REPORT_MS !== 0 || told === undefined) continue;
    reports.push({
      kind,
      mediaMs: told.mediaMs + atMs - told.atMs,
      ntpMs: SHARE_START_MS + atMs - 700_000,
      arrivalMs: SHARE_START_MS + (share.areReportsOut === true ? network(atMs) : atMs + DELAY_MS),
    });
  }
  return reports;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
