import { SECOND } from '@hindsight/shared/units';
import { withTimeLimit, cacheAnswer } from './bounded-answers.ts';

/** This is the state of a part that the server needs. `low` means that a disk is nearly full. */
type PartState = 'ok' | 'unavailable' | 'low';

export type Part = 'database' | 'livekit' | 'recorder' | 'storage' | 'disk' | 'ffmpeg';

/** Returns the state of each part by name. It never fails, and takes a few seconds at most. */
export type Readiness = () => Promise<Record<Part, PartState>>;

/** A check throws, or never answers, when its part is unavailable. It may return a state other than `ok`. */
export type PartCheck = () => Promise<PartState | void>;

const TIMEOUT_MS = 5 * SECOND;
const KEEP_MS = 5 * SECOND;

/** Checks all parts that the server needs at the same time, and repeats the answer for a while. */
export function createReadiness(checks: Readonly<Record<Part, PartCheck>>): Readiness {
  async function ask(): Promise<Record<Part, PartState>> {
    const states = await Promise.all(
      Object.entries(checks).map(async ([part, check]) => [part, await stateOf(check)] as const),
    );
    return Object.fromEntries(states) as Record<Part, PartState>;
  }

  return cacheAnswer(ask, KEEP_MS);
}

async function stateOf(check: PartCheck): Promise<PartState> {
  try {
    return (await withTimeLimit(check(), TIMEOUT_MS)) ?? 'ok';
  } catch {
    return 'unavailable';
  }
}
