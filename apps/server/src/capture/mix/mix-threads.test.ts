import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { toneLevel } from '@hindsight/rig/media/sound-of';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../log.ts';
import { keepVoice } from './testing/kept-voice.ts';
import { heard, tonePackets } from './testing/tones.ts';
import type { MixRecipe } from './mix-recipe.ts';
import { startMixThreads, type Urgency } from './mix-threads.ts';
import { MIX_PACKET_BYTES } from './opus-codec.ts';

const START_MS = 1_764_460_800_000;
const DURATION_TICKS = 3 * OPUS_RATE;

describe('the threads that mix', () => {
  const thread = startMixThreads({ log: createLog({ level: 'silent' }) });
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hindsight-mix-'));
    const voice = { fromMs: START_MS, packets: tonePackets({ hertz: 440, seconds: 3 }) };
    await keepVoice(folder, 'ada', voice);
  });
  afterAll(async () => {
    await thread.close();
    await rm(folder, { recursive: true });
  });

  /** Returns a recipe of one voice. */
  function recipe({ path, sizeBytes = 100_000 }: { path?: string; sizeBytes?: number } = {}): MixRecipe {
    const file = {
      path: path ?? join(folder, 'voices', 'ada', `0-${START_MS}.voice`),
      ...{ sizeBytes, fromTicks: 0, toTicks: DURATION_TICKS },
    };
    return {
      id: randomUUID(),
      packetCount: 120,
      sections: [
        {
          ...{ fromTicks: 0, toTicks: DURATION_TICKS },
          share: { shiftTicks: 0, segments: [] },
          voices: {
            shiftTicks: -START_MS * (OPUS_RATE / SECOND),
            microphones: [{ userId: randomUUID(), files: [file] }],
          },
        },
      ],
    };
  }
  const levelOf = (packets: Buffer) => toneLevel(heard(packets, MIX_PACKET_BYTES), 440, 0.1, 0.39);

  it('mixes each chunk by itself, the last one as short as it is', async () => {
    const last = await thread.mix(recipe(), 2, 'awaited');
    const first = await thread.mix(recipe(), 0, 'awaited');
    expect(first.isComplete && last.isComplete).toBe(true);
    expect(first.packets).toHaveLength(50 * MIX_PACKET_BYTES);
    expect(last.packets).toHaveLength(20 * MIX_PACKET_BYTES);
    expect(levelOf(last.packets)).toBeCloseTo(8000, -3);
  });

  it('goes on without the voices where mixing them fails, says so, and mixes the next chunk', async () => {
    const { packets, isComplete } = await thread.mix(recipe({ sizeBytes: -1 }), 0, 'awaited');
    expect(isComplete).toBe(false);
    expect(packets).toHaveLength(50 * MIX_PACKET_BYTES);
    expect(levelOf(packets)).toBe(0);
    expect((await thread.mix(recipe(), 0, 'awaited')).isComplete).toBe(true);
  });

  it('mixes what waited behind a failure with all of its voices', async () => {
    const [broken, ...others] = await Promise.all([
      thread.mix(recipe({ sizeBytes: -1 }), 0, 'awaited'),
      ...[0, 1, 2].map((chunk) => thread.mix(recipe(), chunk, 'awaited')),
    ]);
    expect(broken.isComplete).toBe(false);
    expect(others.map(({ isComplete }) => isComplete)).toEqual([true, true, true]);
  });

  it('mixes what somebody waits for beside long work for which nobody waits', async () => {
    // Each takes longer than a chunk.
    const voice = recipe().sections[0]?.voices.microphones[0];
    if (voice === undefined) throw new Error('the recipe has no voice');
    const long = recipe();
    for (const { voices } of long.sections) voices.microphones = Array.from({ length: 50 }, () => voice);
    const ended: string[] = [];
    const works = Array.from({ length: 20 }, () =>
      thread
        .loudness(long, { from: 0, to: DURATION_TICKS }, 'background')
        .then(() => void ended.push('background')),
    );
    await thread.mix(recipe(), 0, 'awaited').then(() => void ended.push('awaited'));
    expect(ended.filter((one) => one === 'background').length).toBeLessThan(works.length / 2);
    await Promise.all(works);
    expect(ended).toHaveLength(works.length + 1);
  });

  it('mixes a chunk first for which somebody begins to wait', async () => {
    const mixed = recipe();
    const ended: number[] = [];
    const mix = (of: MixRecipe, chunk: number, urgency: Urgency) =>
      thread.mix(of, chunk, urgency).then(() => void ended.push(of === mixed ? chunk : -1));
    const busy = Array.from({ length: 4 }, () => mix(recipe(), 0, 'awaited'));
    const ahead = [0, 1, 2].map((chunk) => mix(mixed, chunk, chunk === 2 ? 'background' : 'ahead'));
    thread.hurry(mixed, 2);
    // Nothing is to be hurried: this one isn't mixed at all.
    thread.hurry(mixed, 7);
    await Promise.all([...busy, ...ahead]);
    expect(ended.indexOf(2)).toBeLessThan(ended.indexOf(1));
  });

  it('starts no thread after it was closed', async () => {
    const closed = startMixThreads({ log: createLog({ level: 'silent' }) });
    const waiting = closed.mix(recipe(), 0, 'awaited');
    await Promise.all([closed.close(), expect(waiting).rejects.toThrow('Terminating worker thread')]);
    await expect(closed.mix(recipe(), 0, 'awaited')).rejects.toThrow('closed');
  });

  it('leaves it to whoever asks when a file is gone', async () => {
    await expect(thread.mix(recipe({ path: join(folder, 'gone') }), 0, 'awaited')).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
