import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audioDelayMs, beepOnsets, burntClock, probeClip } from './clip-probe.ts';
import { writeSyntheticSession, type SyntheticSession } from './synthetic-buffer.ts';

const START_MS = Date.UTC(2026, 10, 21, 10, 0, 0, 137);

describe('synthetic buffer and clip probe', () => {
  let bufferDir: string;
  let session: SyntheticSession;

  beforeAll(async () => {
    bufferDir = await mkdtemp(join(tmpdir(), 'synthetic-buffer-test-'));
    session = await writeSyntheticSession({
      bufferDir,
      room: 'r',
      user: 'u',
      startMs: START_MS,
      durationMs: 10_000,
    });
  });
  afterAll(() => rm(bufferDir, { recursive: true }));

  it('lists segments of four seconds that cover the session', () => {
    expect(session.pieces.map((piece) => [piece.fromMs - START_MS, piece.toMs - START_MS])).toEqual([
      [0, 4000],
      [4000, 8000],
      [8000, 10_000],
    ]);
  });

  it('contains H.264 and Opus', async () => {
    const summary = await probeClip(session.playlistPath);
    expect(summary.video).toMatchObject({ codec: 'h264', width: 1280, height: 720 });
    expect(summary.audio).toMatchObject({ codec: 'opus', sampleRate: 48_000 });
    expect(summary.durationMs).toBeCloseTo(10_000, -2);
  });

  it('shows the true time in every frame', async () => {
    const frames = await burntClock(session.playlistPath, { nearMs: START_MS });
    expect(frames).toHaveLength(150);
    for (const { ptsMs, burntMs } of frames)
      expect(Math.abs(START_MS + ptsMs - (burntMs ?? 0))).toBeLessThan(2);
  });

  it('beeps at each whole second, in time with the picture', async () => {
    const frames = await burntClock(session.playlistPath, { nearMs: START_MS });
    const onsets = await beepOnsets(session.playlistPath);
    expect(onsets).toHaveLength(10);
    expect(Math.abs(audioDelayMs(frames, onsets) ?? Infinity)).toBeLessThan(3);
  });
});
