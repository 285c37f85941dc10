import { MINUTE } from '@hindsight/shared/units';
import { describe, expect, it } from 'vitest';
import { soundCommand, spriteCommand } from './polish-args.ts';

describe('the command of an upgrade of sound', () => {
  it('encodes the sound alone, on one processor, behind silence', () => {
    const { inputs, outputs } = soundCommand('/clip.mp4', { silentSeconds: 0.1, outputPath: '/new.mp4' });
    expect(inputs).toEqual([{ path: '/clip.mp4', options: ['-threads', '1'] }]);
    const options = outputs[0]?.options.join(' ');
    expect(options).not.toContain('0:v');
    expect(options).toContain('-c:a aac');
    expect(options).toContain('adelay=delays=4800S:all=1');
  });
});

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
