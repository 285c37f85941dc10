import { EgressStatus, type EgressInfo } from 'livekit-server-sdk';

/** The state of an egress is merged from answers and webhooks. */
export interface EgressState {
  status: EgressStatus;
  updatedAtNs: bigint;
  /** Its first frame was drawn at this true time, in epoch ms; null until it is known. */
  firstFrameMs: number | null;
  /** The text with which egress explains its end, for the log. */
  explanation: string;
}

/** An egress goes through these in this order, and may skip some. */
export type EgressPhase = 'starting' | 'active' | 'ending' | 'over';

const PHASES: Readonly<Record<EgressStatus, EgressPhase>> = {
  [EgressStatus.EGRESS_STARTING]: 'starting',
  [EgressStatus.EGRESS_ACTIVE]: 'active',
  [EgressStatus.EGRESS_ENDING]: 'ending',
  [EgressStatus.EGRESS_COMPLETE]: 'over',
  [EgressStatus.EGRESS_FAILED]: 'over',
  [EgressStatus.EGRESS_ABORTED]: 'over',
  [EgressStatus.EGRESS_LIMIT_REACHED]: 'over',
};

const NS_PER_MS = 1_000_000n;
/** All ends have this rank, because no end follows another. */
const END_RANK = EgressStatus.EGRESS_COMPLETE;

export function toEgressState(info: EgressInfo): EgressState {
  // The top-level `startedAt` is the time of the request, 0.2 to 0.4 s earlier, so it isn't used.
  const startedAtNs = info.segmentResults[0]?.startedAt ?? 0n;
  return {
    status: info.status,
    updatedAtNs: info.updatedAt,
    firstFrameMs: startedAtNs === 0n ? null : Number((startedAtNs + NS_PER_MS / 2n) / NS_PER_MS),
    explanation: info.error === '' ? info.details : info.error,
  };
}

/**
 * Returns the later of two reports, whichever came first: webhooks overtake each other, repeat, and are overtaken by answers.
 * Any set of reports merges into the same state, in any order and number. A fact that only one of them has is kept.
 */
export function laterState(a: EgressState, b: EgressState): EgressState {
  const later = isLater(a, b) ? a : b;
  const known = [a.firstFrameMs, b.firstFrameMs].filter((ms) => ms !== null);
  return { ...later, firstFrameMs: known.length === 0 ? null : Math.min(...known) };
}

/** Returns how far an egress is; it is starting as long as nothing is known of it. */
export function phaseOf(state: Pick<EgressState, 'status'> | null): EgressPhase {
  return state === null ? 'starting' : PHASES[state.status];
}

function isLater(a: EgressState, b: EgressState): boolean {
  const rank = ({ status }: EgressState) => Math.min(status, END_RANK);
  if (rank(a) !== rank(b)) return rank(a) > rank(b);
  if (a.updatedAtNs !== b.updatedAtNs) return a.updatedAtNs > b.updatedAtNs;
  if (a.status !== b.status) return a.status > b.status;
  return a.explanation > b.explanation;
}
