import { runFfmpeg, runFfprobe } from './run-ffmpeg.ts';

const SAMPLE_RATE = 48_000;

/**
 * Decodes the first channel of a file's sound to samples of 48 kHz, on its presentation clock; full scale is 1.
 * @param track counts the file's sounds from 0
 */
export async function soundOf(path: string, track = 0): Promise<Float64Array> {
  // Holes and a late start become silence, so that the position of a sample in the output is its time.
  const filter = ['-af', 'aresample=async=1:min_hard_comp=0.01:first_pts=0,pan=mono|c0=c0'];
  const output = ['-ar', String(SAMPLE_RATE), '-f', 'f64le', 'pipe:1'];
  const { stdout } = await runFfmpeg([
    '-v',
    'error',
    '-copyts',
    '-i',
    path,
    '-map',
    `0:a:${track}`,
    ...filter,
    ...output,
  ]);
  return new Float64Array(Uint8Array.from(stdout).buffer);
}

/** Returns the amplitude of a tone in a stretch of sound of 48 kHz, in the sound's own unit. */
export function toneLevel(
  sound: Float64Array,
  hertz: number,
  fromSeconds: number,
  toSeconds: number,
): number {
  const part = sound.subarray(Math.round(fromSeconds * SAMPLE_RATE), Math.round(toSeconds * SAMPLE_RATE));
  const turn = (2 * Math.PI * hertz) / SAMPLE_RATE;
  let real = 0;
  let imaginary = 0;
  for (const [index, sample] of part.entries()) {
    // The window keeps the edges of the stretch from sounding like other tones.
    const weighted = sample * (1 - Math.cos((2 * Math.PI * index) / part.length));
    real += weighted * Math.cos(turn * index);
    imaginary += weighted * Math.sin(turn * index);
  }
  return (2 * Math.hypot(real, imaginary)) / part.length;
}

/** Returns the names of a file's sounds, as players show them. */
export async function soundTitles(path: string): Promise<(string | null)[]> {
  const { stdout } = await runFfprobe([
    ...['-select_streams', 'a', '-show_entries', 'stream_tags=handler_name', '-of', 'json', path],
  ]);
  const { streams } = JSON.parse(stdout.toString()) as { streams: { tags?: { handler_name?: string } }[] };
  return streams.map(({ tags }) => tags?.handler_name ?? null);
}
