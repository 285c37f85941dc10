import { PEAK_MS } from '@hindsight/shared/replay/preview';
import { SECOND } from '@hindsight/shared/units';

/** A moment in which several people are loud at once, counted from the beginning. */
export interface LoudMoment {
  offsetMs: number;
  /** So many people are loud at once. */
  people: number;
}

const LEVELS_PER_SECOND = SECOND / PEAK_MS;
/** What is quieter than this level (38 dB below full scale) is the noise of a room. */
export const SPOKEN = 20;
/** How somebody mostly speaks is known after so many levels above the noise (10 s). */
const KNOWN_AFTER_LEVELS = 100;
/** Of others this level is assumed (22 dB below full scale). */
const ORDINARY = 55;
/** Somebody is loud at so many levels (6 dB) above how they mostly speak. */
const ABOVE_USUAL = 12;
/** Nobody is loud below this level (24 dB below full scale), however quietly they mostly speak. */
const LEAST_LOUD = 50;
/** Everybody is loud from this level on (5 dB below full scale), however loudly they mostly speak. */
const SURELY_LOUD = 90;
/** Something that falls over is over sooner than a laugh. */
const LOUD_LEVELS = 3;
/** Loud seconds that are this close belong to one moment. */
const ONE_MOMENT_SECONDS = 6;
const MOST_MOMENTS = 6;

/**
 * Finds the moments in which it got loud: in which several people are louder at once than they mostly are.
 * @param voices how loud each person is, for each `PEAK_MS`, from 0 to 100
 * @returns those with the most people, in the order of time
 */
export function loudMoments(voices: readonly (readonly number[])[]): LoudMoment[] {
  const bySecond: number[] = [];
  for (const levels of voices)
    for (const second of loudSeconds(levels)) bySecond[second] = (bySecond[second] ?? 0) + 1;
  const moments: (LoudMoment & { lastSecond: number; sum: number })[] = [];
  for (const [second, people = 0] of bySecond.entries()) {
    if (people < 2) continue;
    const last = moments.at(-1);
    if (last !== undefined && second - last.lastSecond <= ONE_MOMENT_SECONDS) {
      last.lastSecond = second;
      last.people = Math.max(last.people, people);
      last.sum += people;
    } else moments.push({ offsetMs: second * SECOND, people, lastSecond: second, sum: people });
  }
  return moments
    .toSorted((a, b) => b.people - a.people || b.sum - a.sum)
    .slice(0, MOST_MOMENTS)
    .toSorted((a, b) => a.offsetMs - b.offsetMs)
    .map(({ offsetMs, people }) => ({ offsetMs, people }));
}

/** Returns the seconds in which somebody is louder than they mostly are. */
function loudSeconds(levels: readonly number[]): number[] {
  const spoken = levels.filter((level) => level > SPOKEN).toSorted((a, b) => a - b);
  const middle = spoken[Math.floor(spoken.length / 2)] ?? 0;
  const usual = spoken.length < KNOWN_AFTER_LEVELS ? ORDINARY : middle;
  const loud = Math.max(LEAST_LOUD, Math.min(usual + ABOVE_USUAL, SURELY_LOUD));
  const seconds = Array.from({ length: Math.ceil(levels.length / LEVELS_PER_SECOND) }, (_, second) => second);
  return seconds.filter((second) => {
    const ofSecond = levels.slice(second * LEVELS_PER_SECOND, (second + 1) * LEVELS_PER_SECOND);
    return ofSecond.filter((level) => level >= loud).length >= LOUD_LEVELS;
  });
}
