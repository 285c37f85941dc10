import { describe, expect, it } from 'vitest';
import { exportOptionsSchema } from './export.ts';

describe('the options of an export', () => {
  it.each([
    { kind: 'editing', framesPerSecond: 0 },
    { kind: 'editing', framesPerSecond: 1000 },
    { kind: 'chat', limitBytes: 0 },
    { kind: 'crop', crop: { x: -1, y: 0, width: 100, height: 100 } },
    { kind: 'crop', crop: { x: 0, y: 0, width: 10, height: 100 } },
    { kind: 'animation', format: 'gif', fromMs: 0, toMs: 15_001 },
    { kind: 'animation', format: 'gif', fromMs: 500, toMs: 500 },
    { kind: 'film' },
  ])('refuse %j', (options) => {
    expect(exportOptionsSchema.safeParse(options).success).toBe(false);
  });

  it('say which rates there are', () => {
    const { error } = exportOptionsSchema.safeParse({ kind: 'editing', framesPerSecond: 1000 });
    expect(error?.issues[0]?.message).toContain('30 or 60');
  });
});
