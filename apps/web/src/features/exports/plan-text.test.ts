import { expect, test } from 'vitest';
import type { ExportPlan } from '@hindsight/shared/clips/export';
import { planText } from './plan-text.ts';

const plan: ExportPlan = {
  kind: 'chat',
  sizeBytes: 19_800_000,
  maxBytes: 20_000_000,
  width: 1280,
  height: 720,
  framesPerSecond: 30,
  hasSound: true,
  look: 'good',
  extension: 'mp4',
};

test.each<[Partial<ExportPlan>, string]>([
  [{}, 'about 19 MB, 720p30, looks good'],
  [{ width: 720, height: 1280, look: 'soft' }, 'about 19 MB, 720p30, looks a little soft'],
  [{ kind: 'editing', framesPerSecond: 60 }, 'about 19 MB, 720p60, constant rate'],
  [
    { kind: 'editing', separateTracks: 3 },
    'about 19 MB, 720p30, constant rate, the mix and 3 separate tracks',
  ],
  [
    { kind: 'editing', separateTracks: 1 },
    'about 19 MB, 720p30, constant rate, the mix and 1 separate track',
  ],
  [
    { kind: 'crop', width: 404, height: 720, look: 'same' },
    'about 19 MB, 404 × 720, 30 pictures a second, looks like the clip',
  ],
  [
    { kind: 'sound', width: null, height: null, framesPerSecond: null, look: null, sizeBytes: 950_000 },
    'about 928 kB, AAC',
  ],
  [{ kind: 'still', framesPerSecond: null, extension: 'png' }, 'about 19 MB, 1280 × 720, PNG'],
])('%j reads as “%s”', (changes, text) => {
  expect(planText({ ...plan, ...changes }, 'en')).toBe(text);
});
