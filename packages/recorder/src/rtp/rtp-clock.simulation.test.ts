import { describe, expect, it } from 'vitest';
import { SharedOffset, TrackClock } from './rtp-clock.ts';
import { seededRandom } from '../testing/seeded-random.ts';

const HOURS = Number(process.env['CLOCK_SIMULATION_HOURS'] ?? 3);
const HOUR_MS = 3_600_000;
const START_MS = 1_795_000_000_000;
const PACKET_MS = 500;
const REPORT_MS = 3000;
/** Between a step of the clock and the report that tells it, times go on as before. */
const SETTLED_MS = 3500;

interface Network {
  delayMs: number;
  jitterMs: number;
}

interface Sender {
  /** By how much the media clocks and the report clock run faster than true time. */
  mediaPpm?: number;
  reportPpm?: number;
  /** The report clock is set by these amounts, at these hours. */
  steps?: { atHour: number; byMs: number }[];
  /** How far a report's timestamps are sometimes off, as those of an overloaded sender are. */
  noiseMs?: number;
  network?: Network;
}

interface Worst {
  clockErrorMs: number;
  audioDelayMs: number;
}

/** Runs a share through the clocks for hours. Returns the worst errors after the first reports had come. */
function simulate({ mediaPpm = 0, reportPpm = 0, steps = [], noiseMs = 0, ...rest }: Sender): Worst {
  const { delayMs, jitterMs } = rest.network ?? { delayMs: 15, jitterMs: 40 };
  const random = seededRandom(1);
  const offset = new SharedOffset();
  const tracks = [
    // The timestamps begin near the wrap.
    { clock: new TrackClock(90_000, offset), rate: 90, first: 2 ** 32 - 900_000, lateMs: 0 },
    { clock: new TrackClock(48_000, offset, 20), rate: 48, first: 123_456, lateMs: 20 },
  ];
  const worst = { clockErrorMs: 0, audioDelayMs: 0 };
  const arrival = (sentMs: number): number => sentMs + delayMs + random() ** 4 * jitterMs;

  for (let elapsedMs = 0; elapsedMs < HOURS * HOUR_MS; elapsedMs += PACKET_MS) {
    const nowMs = START_MS + elapsedMs;
    const timestampOf = (track: (typeof tracks)[number]): number =>
      (track.first + Math.round(elapsedMs * track.rate * (1 + mediaPpm / 1e6))) % 2 ** 32;
    const errors = tracks.map((track) => {
      const timestamp = timestampOf(track);
      track.clock.observe(timestamp, arrival(nowMs + track.lateMs));
      return track.clock.wallMs(timestamp) - nowMs;
    });
    const stepMs = steps
      .filter(({ atHour }) => atHour * HOUR_MS <= elapsedMs)
      .reduce((sum, { byMs }) => sum + byMs, 0);
    for (const [i, track] of tracks.entries()) {
      // The two tracks are reported at different times.
      if (elapsedMs % REPORT_MS !== i * 1000) continue;
      const isOff = i === 1 && random() < 0.1;
      const ntpMs = START_MS + elapsedMs * (1 + reportPpm / 1e6) + stepMs - 700_000;
      const offTicks = isOff ? Math.round((random() * 2 - 1) * noiseMs * track.rate) : 0;
      const timestamp = (timestampOf(track) + offTicks + 2 ** 32) % 2 ** 32;
      track.clock.senderReport(timestamp, ntpMs, arrival(nowMs));
    }
    const isUnsettled = steps.some(({ atHour }) => Math.abs(elapsedMs - atHour * HOUR_MS) < SETTLED_MS);
    if (elapsedMs < 2 * REPORT_MS || isUnsettled) continue;
    const [video = NaN, audio = NaN] = errors;
    worst.clockErrorMs = Math.max(worst.clockErrorMs, Math.abs(video), Math.abs(audio));
    worst.audioDelayMs = Math.max(worst.audioDelayMs, Math.abs(video - audio));
  }
  return worst;
}

describe(`clocks over ${HOURS} h`, () => {
  it.each<[string, Sender]>([
    ['a sender with good clocks', {}],
    ['media clocks 200 ppm fast', { mediaPpm: 200 }],
    ['media clocks 200 ppm slow', { mediaPpm: -200 }],
    ['reports by a clock 200 ppm fast', { reportPpm: 200 }],
    ['reports by a clock 200 ppm slow', { reportPpm: -200 }],
    ['both drifting apart', { mediaPpm: 200, reportPpm: -200 }],
    ['noise of 200 ms in every tenth audio report', { noiseMs: 200 }],
    ['a jittery network', { network: { delayMs: 25, jitterMs: 400 } }],
  ])('%s: within 50 ms of true time, sound within 40 ms of the picture', (_, sender) => {
    const { clockErrorMs, audioDelayMs } = simulate(sender);
    expect(clockErrorMs).toBeLessThan(50);
    expect(audioDelayMs).toBeLessThan(40);
  });

  it.each([5000, -5000, 3_600_000, 300, -300])(
    'goes on at the right time when the clock of the reports is set by %i ms',
    (byMs) => {
      const { clockErrorMs, audioDelayMs } = simulate({ steps: [{ atHour: HOURS / 2, byMs }] });
      expect(clockErrorMs).toBeLessThan(50);
      expect(audioDelayMs).toBeLessThan(40);
    },
  );

  it('goes on at the right time while only one track has had a report of the step', () => {
    const offset = new SharedOffset();
    const video = new TrackClock(90_000, offset);
    const audio = new TrackClock(48_000, offset);
    for (let second = 0; second < 30; second += 3) {
      video.senderReport(second * 90_000, START_MS + second * 1000, START_MS + second * 1000 + 10);
      audio.senderReport(second * 48_000, START_MS + second * 1000, START_MS + second * 1000 + 10);
    }
    video.senderReport(30 * 90_000, START_MS + 25_000, START_MS + 30_010);
    expect(video.wallMs(31 * 90_000)).toBe(START_MS + 31_010);
    expect(audio.wallMs(31 * 48_000)).toBe(START_MS + 31_010);
  });
});
