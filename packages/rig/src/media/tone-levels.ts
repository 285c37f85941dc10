import { runFfmpeg } from './run-ffmpeg.ts';

const SAMPLE_RATE = 48_000;
const WINDOW_SAMPLES = SAMPLE_RATE / 10;
/** A window that fades in and out keeps other tones from leaking into the one that is measured. */
const FADE = Float64Array.from(
  { length: WINDOW_SAMPLES },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW_SAMPLES),
);

/**
 * Returns how loud each of these tones is in a file's sound, in dB of a full-scale sine wave, as the mean power of tenths of a
 * second. The frequencies are multiples of 10 Hz.
 */
export async function toneLevelsDb(file: string, frequenciesHz: readonly number[]): Promise<number[]> {
  const output = ['-ac', '1', '-ar', String(SAMPLE_RATE), '-f', 'f32le', 'pipe:1'];
  const { stdout } = await runFfmpeg(['-v', 'error', '-i', file, '-map', '0:a:0', ...output]);
  const samples = new Float32Array(stdout.buffer, stdout.byteOffset, Math.floor(stdout.length / 4));
  return frequenciesHz.map((frequencyHz) => 10 * Math.log10(meanPower(samples, frequencyHz)));
}

/** Returns the mean power of a tone, where 1 is that of a full-scale sine wave. */
function meanPower(samples: Float32Array, frequencyHz: number): number {
  const step = (2 * Math.PI * frequencyHz) / SAMPLE_RATE;
  let power = 0;
  let windows = 0;
  for (let start = 0; start + WINDOW_SAMPLES <= samples.length; start += WINDOW_SAMPLES) {
    let [sine, cosine] = [0, 0];
    for (let i = 0; i < WINDOW_SAMPLES; i += 1) {
      const sample = (samples[start + i] ?? 0) * (FADE[i] ?? 0);
      sine += sample * Math.sin(step * i);
      cosine += sample * Math.cos(step * i);
    }
    // The fading takes half of the amplitude away.
    power += ((4 * Math.hypot(sine, cosine)) / WINDOW_SAMPLES) ** 2;
    windows += 1;
  }
  return windows === 0 ? Number.NaN : power / windows;
}
