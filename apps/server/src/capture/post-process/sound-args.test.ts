import { describe, expect, it } from 'vitest';
import { soundCommand } from './sound-args.ts';

describe('the command of an upgrade of sound', () => {
  it('encodes only the sound, on one processor, after silence', () => {
    const { inputs, outputs } = soundCommand('/clip.mp4', { silentSeconds: 0.1, outputPath: '/new.mp4' });
    expect(inputs).toEqual([{ path: '/clip.mp4', options: ['-threads', '1'] }]);
    const options = outputs[0]?.options.join(' ');
    expect(options).not.toContain('0:v');
    expect(options).toContain('-c:a aac');
    expect(options).toContain('adelay=delays=4800S:all=1');
  });
});
