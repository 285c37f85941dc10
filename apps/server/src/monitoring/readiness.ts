import { SECOND } from '@hindsight/shared/units';
import { inTime, keepAnswer } from './bounded-answers.ts';

/** Of a part that the server needs: `low` means that a disk is nearly full. */
export type PartState = 'ok' | 'unavailable' | 'low';

export type Part = 'database' | 'livekit' | 'recorder' | 'storage' | 'disk' | 'ffmpeg';

/** How each part is, by name. Never fails, and takes a few seconds at most. */
export type Readiness = () => Promise<Record<Part, PartState>>;

/** Throws, or never answers, when the part is not there; may answer that it is there, but low. */
export type PartCheck = () => Promise<PartState | void>;

const TIMEOUT_MS = 5 * SECOND;
const KEEP_MS = 5 * SECOND;

/** Asks all that the server needs, one by one and at the same time. */
export function createReadiness(checks: Readonly<Record<Part, PartCheck>>): Readiness {
  async function ask(): Promise<Record<Part, PartState>> {
    const states = await Promise.all(
      Object.entries(checks).map(async ([part, check]) => [part, await stateOf(check)] as const),
    );
    return Object.fromEntries(states) as Record<Part, PartState>;
  }

  return keepAnswer(ask, KEEP_MS);
}

async function stateOf(check: PartCheck): Promise<PartState> {
  try {
    return (await inTime(check(), TIMEOUT_MS)) ?? 'ok';
  } catch {
    return 'unavailable';
  }
}
