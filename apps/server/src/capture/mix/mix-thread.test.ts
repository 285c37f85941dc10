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
import { startMixThread } from './mix-thread.ts';
import { MIX_PACKET_BYTES } from './opus-codec.ts';

const START_MS = 1_764_460_800_000;
const DURATION_TICKS = 3 * OPUS_RATE;

describe('the thread that mixes', () => {
  const thread = startMixThread({ log: createLog({ level: 'silent' }) });
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
    const last = await thread.mix(recipe(), 2);
    const first = await thread.mix(recipe(), 0);
    expect(first.isComplete && last.isComplete).toBe(true);
    expect(first.packets).toHaveLength(50 * MIX_PACKET_BYTES);
    expect(last.packets).toHaveLength(20 * MIX_PACKET_BYTES);
    expect(levelOf(last.packets)).toBeCloseTo(8000, -3);
  });

  it('goes on without the voices where mixing them fails, says so, and mixes the next chunk', async () => {
    const { packets, isComplete } = await thread.mix(recipe({ sizeBytes: -1 }), 0);
    expect(isComplete).toBe(false);
    expect(packets).toHaveLength(50 * MIX_PACKET_BYTES);
    expect(levelOf(packets)).toBe(0);
    expect((await thread.mix(recipe(), 0)).isComplete).toBe(true);
  });

  it('mixes what waited behind a failure with all of its voices', async () => {
    const [broken, ...others] = await Promise.all([
      thread.mix(recipe({ sizeBytes: -1 }), 0),
      ...[0, 1, 2].map((chunk) => thread.mix(recipe(), chunk)),
    ]);
    expect(broken.isComplete).toBe(false);
    expect(others.map(({ isComplete }) => isComplete)).toEqual([true, true, true]);
  });

  it('starts no thread after it was closed', async () => {
    const closed = startMixThread({ log: createLog({ level: 'silent' }) });
    const waiting = closed.mix(recipe(), 0);
    await Promise.all([closed.close(), expect(waiting).rejects.toThrow('Terminating worker thread')]);
    await expect(closed.mix(recipe(), 0)).rejects.toThrow('closed');
  });

  it('leaves it to whoever asks when a file is gone', async () => {
    await expect(thread.mix(recipe({ path: join(folder, 'gone') }), 0)).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
