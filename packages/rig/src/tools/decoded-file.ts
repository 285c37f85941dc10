import { beepOnsets, burntClock, CLOCK_ORIGIN, probeClip, type BurntFrame } from '../media/clip-probe.ts';
import { runFfprobe } from '../media/run-ffmpeg.ts';
import type { Viewing } from './clip-truth.ts';

/** The clock is here, or that much lower where a picture has bars above and below. */
export const CLOCK_HEIGHTS = [CLOCK_ORIGIN.y, CLOCK_ORIGIN.y + 160] as const;

interface Probed {
  streams: { codec_type: string; start_time?: string; avg_frame_rate?: string }[];
}

/**
 * Reads the clock and the beeps of a file with ffmpeg, with times that count from where its first track begins.
 * @param nearMs is about when the pictures were drawn
 */
export async function viewDecoded(path: string, nearMs: number): Promise<Viewing> {
  const entries = 'stream=codec_type,start_time,avg_frame_rate';
  const { stdout } = await runFfprobe(['-show_entries', entries, '-of', 'json', path]);
  const { streams } = JSON.parse(stdout.toString()) as Probed;
  const beginMs = Math.min(...streams.map(({ start_time: start = '0' }) => Number(start) * 1000));
  const [pictures, beepsMs, { durationMs }] = await Promise.all([
    picturesOf(path, nearMs),
    streams.some((stream) => stream.codec_type === 'audio') ? beepOnsets(path) : null,
    probeClip(path),
  ]);
  const [counted = 0, per = 0] = (
    streams.find((stream) => stream.codec_type === 'video')?.avg_frame_rate ?? ''
  )
    .split('/')
    .map(Number);
  return {
    pictures: pictures.map(({ ptsMs, burntMs }) => ({ ptsMs: ptsMs - beginMs, burntMs })),
    beepsMs: beepsMs?.map((atMs) => atMs - beginMs) ?? null,
    durationMs,
    framesPerSecond: per === 0 ? null : counted / per,
  };
}

async function picturesOf(path: string, nearMs: number): Promise<BurntFrame[]> {
  const [high = [], low = []] = await Promise.all(CLOCK_HEIGHTS.map((y) => burntClock(path, { y, nearMs })));
  return high.map(({ ptsMs, burntMs }, index) => ({
    ptsMs,
    burntMs: burntMs ?? low[index]?.burntMs ?? null,
  }));
}
