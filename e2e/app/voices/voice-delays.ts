import { beepOnsets } from '@hindsight/rig/media/clip-probe';
import { soundOf, toneLevel } from '@hindsight/rig/media/sound-of';

const WINDOW_SECONDS = 0.02;
const HOP_SECONDS = 0.005;
/** A tone lasts longer than this; what else is heard at its frequency doesn't. */
const STEADY_HOPS = 40;
/** The nearest beep of the shared tab is no farther off. */
const NEAREST_MS = 400;

/** A person's tone begins in a clip. */
export interface ToneStart {
  /** When it begins on the clip's clock. */
  atMs: number;
  /** How much later it is heard than the beep of the shared tab, which begins at the same moment; negative when it is earlier. */
  delayMs: number;
}

/** Returns the beginnings of somebody's tone in a clip of a shared tab, in their order, where the tab's beep is heard as well. */
export async function toneStarts(file: string, hz: number): Promise<ToneStart[]> {
  const [beeps, sound] = await Promise.all([beepOnsets(file), soundOf(file)]);
  const seconds = sound.length / 48_000;
  const levels = Array.from({ length: Math.floor((seconds - WINDOW_SECONDS) / HOP_SECONDS) }, (_, hop) =>
    toneLevel(sound, hz, hop * HOP_SECONDS, hop * HOP_SECONDS + WINDOW_SECONDS),
  );
  const loud = levels.toSorted((a, b) => a - b)[Math.floor(levels.length * 0.8)] ?? 0;
  const isSteady = (hop: number) =>
    levels.slice(hop + 4, hop + STEADY_HOPS).every((level) => level >= loud / 4);
  const starts: ToneStart[] = [];
  for (const [hop, level] of levels.entries()) {
    const before = levels[hop - 1] ?? loud;
    // It is half as loud as it will be when it fills half of the window.
    if (level < loud / 2 || before >= loud / 2 || !isSteady(hop)) continue;
    const atMs = (hop * HOP_SECONDS + WINDOW_SECONDS / 2) * 1000;
    const delays = beeps.map((beepMs) => atMs - beepMs).toSorted((a, b) => Math.abs(a) - Math.abs(b));
    const [delayMs] = delays;
    if (delayMs !== undefined && Math.abs(delayMs) < NEAREST_MS) starts.push({ atMs, delayMs });
  }
  return starts;
}

/** Returns the beginnings before the longest pause between two, and those behind it. */
export function aroundLongestPause(starts: readonly ToneStart[]): [ToneStart[], ToneStart[]] {
  const pauses = starts.map(({ atMs }, index) => atMs - (starts[index - 1]?.atMs ?? atMs));
  const split = pauses.indexOf(Math.max(...pauses));
  return [starts.slice(0, split), starts.slice(split)];
}

/** Returns how much later than the beep a voice mostly is. */
export function medianDelayMs(starts: readonly ToneStart[]): number {
  const delays = starts.map(({ delayMs }) => delayMs).toSorted((a, b) => a - b);
  return delays[Math.floor(delays.length / 2)] ?? Number.NaN;
}
