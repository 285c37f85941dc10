import type { Look } from '@hindsight/shared/clips/export';
import { AppError } from '@hindsight/shared/errors';
import { even } from '../../ffmpeg/filters.ts';
import type { ClipFacts } from './clip-facts.ts';

/** How a clip is made to fit into a size. */
export interface ChatPlan {
  /** The clip fits as it is, and is only copied. */
  isCopy: boolean;
  /** The file never has more bytes. */
  limitBytes: number;
  width: number;
  height: number;
  framesPerSecond: number;
  soundBps: number;
  isMono: boolean;
  look: Look;
}

/** Sound gets the first of these whose total rate is reached. The last needs the least. */
const SOUNDS = [
  { fromTotalBps: 1_200_000, bps: 128_000, isMono: false },
  { fromTotalBps: 500_000, bps: 96_000, isMono: false },
  { fromTotalBps: 250_000, bps: 64_000, isMono: false },
  { fromTotalBps: 130_000, bps: 48_000, isMono: true },
  { fromTotalBps: 0, bps: 32_000, isMono: true },
] as const;
const HEIGHTS = [1440, 1080, 900, 720, 540, 480, 360, 270, 180];
const LOW_HEIGHT = 360;
const USUAL_RATE = 30;
const LOW_RATE = 15;
const LEAST_RATE = 10;
/** With fewer bits for each pixel, pictures of games are visibly poor, and smaller ones look better. */
const BITS_PER_PIXEL = 0.035;
/** A clip whose pictures need few bits is as clear with this part of them, from a better encoder. */
const SOURCE_PART = 0.5;
/** Of a picture above the usual rate, the encoder copies more from the one before. */
const EXTRA_RATE_COST = 0.4;
/** No encoder gets much below this, however small and few the pictures are. */
const LEAST_VIDEO_BPS = 24_000;
/** The copy of a file has another index, of about the same size. */
const COPY_MARGIN_BYTES = 64_000;
/** A clip that has to be encoded may need more than it has now, because a second encoder keeps what the first has left. */
const REENCODED_FACTOR = 1.15;
const LEAST_LIMIT_STEP = 100_000;
const HEAD_BYTES = 4000;
const BYTES_PER_PICTURE = 14;
const BYTES_PER_SECOND_OF_SOUND = 400;

/** Returns how many bytes of a file are neither pictures nor sound. */
export function containerBytes({
  durationSeconds,
  framesPerSecond,
  hasSound,
}: {
  durationSeconds: number;
  framesPerSecond: number;
  hasSound: boolean;
}): number {
  return Math.ceil(
    HEAD_BYTES +
      durationSeconds * (framesPerSecond * BYTES_PER_PICTURE + (hasSound ? BYTES_PER_SECOND_OF_SOUND : 0)),
  );
}

/**
 * Plans the best picture that fits into a size.
 * @throws AppError EXPORT_LIMIT_TOO_SMALL, with the least size that works
 */
export function planChat(facts: ClipFacts, askedBytes: number): ChatPlan {
  const { width, height, framesPerSecond, durationSeconds, sizeBytes } = facts;
  const whole = { width: even(width), height: even(height), framesPerSecond };
  if (facts.isPlain && sizeBytes + COPY_MARGIN_BYTES <= askedBytes)
    return {
      ...whole,
      isCopy: true,
      limitBytes: askedBytes,
      soundBps: 0,
      isMono: false,
      look: 'same',
    };
  const least = leastBytes(facts);
  if (askedBytes < least)
    throw new AppError('EXPORT_LIMIT_TOO_SMALL', {
      detail: `At least ${(least / 1_000_000).toFixed(1)} MB are needed.`,
    });
  const limitBytes = Math.max(least, Math.min(askedBytes, Math.ceil(sizeBytes * REENCODED_FACTOR)));
  const totalBps = (limitBytes * 8) / durationSeconds;
  const sound = SOUNDS.find(({ fromTotalBps }) => totalBps >= fromTotalBps) ?? SOUNDS[4];
  const soundBps = facts.hasSound ? sound.bps : 0;
  const videoBps = totalBps - soundBps;
  const sourceBits = ((sizeBytes - facts.soundBytes) * 8) / durationSeconds / pixelsPerSecond(whole);
  const enough = Math.min(BITS_PER_PIXEL, sourceBits * SOURCE_PART);
  const forms = formsOf(facts);
  const form = forms.find((one) => videoBps / pixelsPerSecond(one) >= enough) ?? forms.at(-1) ?? whole;
  return {
    ...form,
    isCopy: false,
    limitBytes,
    soundBps,
    isMono: sound.isMono,
    look: lookOf(form, whole),
  };
}

/** Returns the least size that works for a clip. */
function leastBytes({ durationSeconds, hasSound }: ClipFacts): number {
  const bps = LEAST_VIDEO_BPS + (hasSound ? SOUNDS[4].bps : 0);
  const framesPerSecond = LEAST_RATE;
  const bytes = (bps / 8) * durationSeconds + containerBytes({ durationSeconds, framesPerSecond, hasSound });
  return Math.ceil(bytes / LEAST_LIMIT_STEP) * LEAST_LIMIT_STEP;
}

interface Form {
  width: number;
  height: number;
  framesPerSecond: number;
}

/** Returns the sizes and rates to choose from, the best first. */
function formsOf({ width, height, framesPerSecond }: ClipFacts): Form[] {
  const usual = Math.min(framesPerSecond, USUAL_RATE);
  const short = Math.min(width, height);
  const sizes = [short, ...HEIGHTS.filter((one) => one < short)].map((side) => ({
    width: even((width * side) / short),
    height: even((height * side) / short),
    lowRates: [side <= LOW_HEIGHT ? LOW_RATE : usual, side === HEIGHTS.at(-1) ? LEAST_RATE : usual],
  }));
  return sizes.flatMap(({ lowRates, ...size }, index) => {
    const first = index === 0 && framesPerSecond > usual ? [framesPerSecond, usual] : [usual];
    return [...first, ...lowRates.filter((rate) => rate < usual)].map((rate) => ({
      ...size,
      framesPerSecond: rate,
    }));
  });
}

function pixelsPerSecond({ width, height, framesPerSecond }: Form): number {
  const extra = Math.max(0, framesPerSecond - USUAL_RATE);
  return width * height * (framesPerSecond - extra + extra * EXTRA_RATE_COST);
}

function lookOf(form: Form, whole: Form): Look {
  const part = form.height / whole.height;
  if (part === 1) return 'good';
  if (part >= 0.6 && form.height >= 540) return 'good';
  return form.height >= LOW_HEIGHT ? 'soft' : 'poor';
}
