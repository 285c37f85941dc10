import { describe, expect, it } from 'vitest';
import { OVERLAP_PACKETS, soundCommand, soundStretches } from './sound-args.ts';

describe('the command of an upgrade of sound', () => {
  it('encodes only the sound, on one processor, after silence', () => {
    const { inputs, outputs } = soundCommand('/clip.mp4', { silentSeconds: 0.1, outputPath: '/new.mp4' });
    expect(inputs).toEqual([{ path: '/clip.mp4', options: ['-threads', '1'] }]);
    const options = outputs[0]?.options.join(' ');
    expect(options).not.toContain('0:v');
    expect(options).toContain('-c:a aac');
    expect(options).toContain('adelay=delays=4800S:all=1');
  });

  it('encodes a stretch of it, which begins and ends with a packet', () => {
    const stretch = { firstPacket: 300, packets: 60 };
    const { inputs, outputs } = soundCommand('/a.mp4', { silentSeconds: 0, stretch, outputPath: '/b.mp4' });
    expect(inputs[0]?.options).toEqual(['-threads', '1', '-ss', '6.400000']);
    expect(outputs[0]?.options.join(' ')).toContain(`atrim=end_sample=${60 * 1024}`);
  });
});

describe('the stretches of a sound', () => {
  it.each([
    [600, 2],
    [600, 3],
    [61.7, 2],
    [3600, 4],
  ])('of %d s overlap, and cover all of it, for %d processes', (seconds, processes) => {
    const stretches = soundStretches(seconds, processes);
    expect(stretches).toHaveLength(processes);
    expect(stretches[0]?.firstPacket).toBe(0);
    expect(stretches.at(-1)?.packets).toBeNull();
    for (const [index, { firstPacket }] of stretches.entries()) {
      // ffmpeg counts microseconds, and each stretch has to begin with a sample.
      expect((firstPacket * 1024 * 1_000_000) % 48_000).toBe(0);
      const before = stretches[index - 1];
      if (before?.packets != null)
        expect(before.firstPacket + before.packets - firstPacket).toBe(2 * OVERLAP_PACKETS);
    }
  });

  it('is one when the sound is short, or one process may work', () => {
    for (const stretches of [soundStretches(20, 4), soundStretches(59, 4), soundStretches(600, 1)])
      expect(stretches).toEqual([{ firstPacket: 0, packets: null }]);
  });
});
