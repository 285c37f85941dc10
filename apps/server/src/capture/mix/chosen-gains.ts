import type { ReplayClip } from '@hindsight/db/client';
import { idSchema } from '@hindsight/shared/ids';
import { z } from 'zod';
import type { CaptureLevels } from '@hindsight/shared/clips/clip-voices';
import type { GainsDb } from './gains.ts';

const gainsSchema = z.record(idSchema, z.number().int());

/** Returns the columns of a clip that keep the levels that were chosen before saving it, until its sound is mixed at them. */
export function gainColumns(levels: CaptureLevels | undefined) {
  const { shareDb = 0, voices = [] } = levels ?? {};
  const changed = voices.filter(({ gainDb }) => gainDb !== 0);
  return {
    shareGainDb: shareDb,
    ...(changed.length === 0
      ? {}
      : { voiceGainsDb: Object.fromEntries(changed.map(({ userId, gainDb }) => [userId, gainDb])) }),
  };
}

/** Returns the levels that were chosen before a clip was saved. */
export function chosenGainsDb({
  shareGainDb,
  voiceGainsDb,
}: Pick<ReplayClip, 'shareGainDb' | 'voiceGainsDb'>): GainsDb {
  return new Map<string | null, number>([
    [null, shareGainDb],
    ...Object.entries(voiceGainsDb === null ? {} : gainsSchema.parse(voiceGainsDb)),
  ]);
}
