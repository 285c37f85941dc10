import { MINUTE } from '@hindsight/shared/units';
import { describe, expect, it } from 'vitest';
import { spriteCommand } from './sprite-args.ts';

describe('the command of a sprite', () => {
  it.each([
    [10 * MINUTE, 'fps=fps=60000/600000', 'tile=10x6', true],
    [2 * MINUTE, 'fps=fps=60000/120000', 'tile=10x6', true],
    [MINUTE, 'fps=fps=60000/60000', 'tile=10x6', false],
    [2500, 'fps=fps=5000/2500', 'tile=5x1', false],
  ])('of a clip of %d ms: %s, %s; keyframes alone: %s', (durationMs, rate, tile, isByKeyframes) => {
    const { inputs, outputs } = spriteCommand('/clip.mp4', durationMs, '/sprite.jpg');
    const filter = outputs[0]?.options.join(' ') ?? '';
    expect(filter).toContain(rate);
    expect(filter).toContain(tile);
    expect(inputs[0]?.options.includes('nokey')).toBe(isByKeyframes);
  });
});
