import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';

/**
 * The loudest sample of a mix, of 32768: -2 dB. What a decoder makes of it is at times a little louder, and the wave between
 * two samples higher than both.
 */
const CEILING = 26_028;
/** Gains are computed for blocks of a millisecond. */
const BLOCK = OPUS_RATE / 1000;
/** The gain goes down in this many blocks before a peak, and up again as slowly. */
const ATTACK_BLOCKS = 5;
/** The gain stays down for this many blocks, so that it doesn't follow the waves of low notes. */
const HOLD_BLOCKS = 80;

/** A gain depends on this many samples before it, and behind it. */
export const LIMITER_REACH_TICKS = {
  before: (ATTACK_BLOCKS + HOLD_BLOCKS + 1) * BLOCK,
  behind: (ATTACK_BLOCKS + 1) * BLOCK,
};

/**
 * Makes loud parts of interleaved stereo quieter, in place, so that no sample is over the ceiling. Quiet parts stay as they
 * are. Each gain depends on its neighbourhood alone, so that parts that are limited separately fit together.
 * @param samples whole milliseconds; those at both ends, as far as the limiter's reach, get a gain that may be too high
 */
export function limit(samples: Float32Array): void {
  const needed = neededGains(samples);
  if (needed.every((gain) => gain === 1)) return;
  const edges = averages(minima(needed));
  for (let block = 0; block < needed.length; block++) {
    const from = edges[block] ?? 1;
    const to = edges[block + 1] ?? 1;
    if (from === 1 && to === 1) continue;
    for (let index = 0; index < BLOCK; index++) {
      const gain = from + ((to - from) * index) / BLOCK;
      const at = 2 * (block * BLOCK + index);
      samples[at] = (samples[at] ?? 0) * gain;
      samples[at + 1] = (samples[at + 1] ?? 0) * gain;
    }
  }
}

/** Returns the gain that each block needs, at most 1. */
function neededGains(samples: Float32Array): Float64Array {
  const gains = new Float64Array(samples.length / 2 / BLOCK);
  for (let block = 0; block < gains.length; block++) {
    let peak = CEILING;
    const end = 2 * BLOCK * (block + 1);
    for (let at = 2 * BLOCK * block; at < end; at++) {
      const level = Math.abs(samples[at] ?? 0);
      if (level > peak) peak = level;
    }
    gains[block] = CEILING / peak;
  }
  return gains;
}

/** Returns for the edge before each block, and the end, the least gain of the blocks that it holds back for. */
function minima(needed: Float64Array): Float64Array {
  const least = new Float64Array(needed.length + 1);
  for (let edge = 0; edge < least.length; edge++) {
    let gain = 1;
    const end = Math.min(needed.length, edge + ATTACK_BLOCKS + 1);
    for (let block = Math.max(0, edge - HOLD_BLOCKS); block < end; block++)
      gain = Math.min(gain, needed[block] ?? 1);
    least[edge] = gain;
  }
  return least;
}

/** Evens the steps out: each of the averaged values is low enough for all blocks within reach, and so is the average. */
function averages(least: Float64Array): Float64Array {
  const smooth = new Float64Array(least.length);
  for (let edge = 0; edge < least.length; edge++) {
    let sum = 0;
    for (let back = 0; back <= ATTACK_BLOCKS; back++) sum += least[Math.max(0, edge - back)] ?? 1;
    smooth[edge] = sum / (ATTACK_BLOCKS + 1);
  }
  return smooth;
}
