import { audioDelayMs, type BurntFrame } from '../media/clip-probe.ts';

/** The truth is what a program must show of a clip whose pictures have a burnt-in clock. Times of the clip count from 0. */
export interface ClipTruth {
  /** The clock shows this at the beginning. */
  fromMs: number;
  durationMs: number;
  framesPerSecond: number;
  /** At these times of the clip the clock jumps, because nothing was recorded. */
  skips: readonly { atMs: number; lastedMs: number }[];
  /** From this time on there is one picture a second. */
  stillFromMs?: number;
  /** These beeps are heard, each at a whole second of the clock. */
  beepsMs: readonly number[];
}

/** The viewing is what a program showed of a clip, or says of it. What it doesn't tell is null. */
export interface Viewing {
  pictures: readonly BurntFrame[] | null;
  beepsMs: readonly number[] | null;
  durationMs: number | null;
  framesPerSecond: number | null;
}

/** Pictures and sounds may be off by this without anybody noticing; packets of AAC last 21 ms. */
const TOLERANCE_MS = 40;
/** A file may be that much longer, because its last packet of sound is whole. */
const LENGTH_TOLERANCE_MS = 150;
const SECOND = 1000;

/** Says in a few words each what a program showed wrongly. The list is empty when all was right. */
export function deviations(truth: ClipTruth, viewing: Viewing): string[] {
  const { pictures, beepsMs, durationMs, framesPerSecond } = viewing;
  return [
    ...(pictures === null ? [] : pictureDeviations(truth, pictures)),
    ...(beepsMs === null ? [] : soundDeviations(truth, pictures ?? [], beepsMs)),
    ...(durationMs === null || Math.abs(durationMs - truth.durationMs) <= LENGTH_TOLERANCE_MS
      ? []
      : [`length ${signed(durationMs - truth.durationMs)}`]),
    ...(framesPerSecond === null || isRightRate(truth, framesPerSecond)
      ? []
      : [`rate ${framesPerSecond.toFixed(2)}, not ${rateOf(truth).toFixed(2)}`]),
  ];
}

const periodOf = ({ framesPerSecond }: ClipTruth) => SECOND / framesPerSecond;

/** Returns how many pictures a clip has. */
function countOf(truth: ClipTruth): number {
  const { durationMs, stillFromMs = durationMs, framesPerSecond } = truth;
  const moving = Math.ceil((stillFromMs / SECOND) * framesPerSecond);
  return moving + Math.floor((durationMs - stillFromMs) / SECOND);
}

const rateOf = (truth: ClipTruth) => (countOf(truth) * SECOND) / truth.durationMs;

/** Some tools tell the mean rate, others that of moving pictures. Whole pictures make a difference in a short clip. */
function isRightRate(truth: ClipTruth, framesPerSecond: number): boolean {
  return [rateOf(truth), truth.framesPerSecond].some((rate) => Math.abs(framesPerSecond / rate - 1) < 0.03);
}

/** Returns how far a picture is from its time. Where the clock jumps, it may do so a little earlier or later. */
function offset({ fromMs, skips }: ClipTruth, atMs: number, burntMs: number): number {
  const offsets = [-TOLERANCE_MS, TOLERANCE_MS].map((toleranceMs) => {
    const skipped = skips.filter((skip) => atMs + toleranceMs >= skip.atMs);
    return burntMs - fromMs - atMs - skipped.reduce((sum, { lastedMs }) => sum + lastedMs, 0);
  });
  return offsets.reduce((near, offMs) => (Math.abs(offMs) < Math.abs(near) ? offMs : near));
}

function pictureDeviations(truth: ClipTruth, pictures: readonly BurntFrame[]): string[] {
  const first = pictures[0];
  if (first === undefined) return ['no picture'];
  const found: string[] = [];
  const unreadable = pictures.filter(({ burntMs }) => burntMs === null).length;
  if (unreadable > 0) found.push(`${unreadable} of ${pictures.length} pictures squeezed or cropped`);
  // A picture that was on screen before the start is shown from the start on, so the first may be a period old.
  const firstMs = (first.burntMs ?? truth.fromMs) - truth.fromMs;
  if (firstMs < -periodOf(truth) - TOLERANCE_MS || firstMs > TOLERANCE_MS)
    found.push(`first picture ${signed(firstMs)}`);
  const inOrder = pictures.every(({ ptsMs }, index) => ptsMs >= (pictures[index - 1]?.ptsMs ?? ptsMs));
  if (!inOrder) found.push('times out of order');
  const late = pictures.flatMap(({ ptsMs, burntMs }) =>
    burntMs === null || ptsMs < periodOf(truth) ? [] : [offset(truth, ptsMs, burntMs)],
  );
  // A program that shows pictures at a constant rate shows each for up to a period longer.
  const worst = late.reduce((far, offMs) => (Math.abs(offMs) > Math.abs(far) ? offMs : far), 0);
  if (Math.abs(worst) > TOLERANCE_MS + periodOf(truth) && truth.stillFromMs === undefined)
    found.push(`pictures off by up to ${signed(worst)}`);
  return found;
}

function soundDeviations(
  truth: ClipTruth,
  pictures: readonly BurntFrame[],
  beepsMs: readonly number[],
): string[] {
  const found: string[] = [];
  if (beepsMs.length !== truth.beepsMs.length)
    found.push(`${beepsMs.length} of ${truth.beepsMs.length} beeps`);
  const delayMs = audioDelayMs(pictures, beepsMs);
  if (delayMs !== null && Math.abs(delayMs) > TOLERANCE_MS) found.push(`sound ${signed(delayMs)}`);
  return found;
}

function signed(ms: number): string {
  return `${ms < 0 ? '−' : '+'}${(Math.abs(ms) / SECOND).toFixed(2)} s`;
}
