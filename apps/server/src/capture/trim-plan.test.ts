import { describe, expect, it } from 'vitest';
import type { ClipIndex } from './clip-index.ts';
import { trimCommand } from './trim-args.ts';
import { planTrim } from './trim-plan.ts';

/** Ten pictures a second from a hidden lead-in of a second on, each of 1000 bytes. */
function index(seconds: number): ClipIndex {
  const pictures = Array.from({ length: (seconds + 1) * 10 }, (_, position) => ({
    atSeconds: position / 10 - 1,
    sizeBytes: 1000,
    isKeyframe: position % 40 === 0,
  }));
  return { pictures, audio: { sizeBytes: 1, sampleCount: 1 }, width: 1280, height: 720 };
}

const planned = (fromSeconds: number, toSeconds: number, clip = index(10)) => {
  const plan = planTrim(clip, { fromSeconds, toSeconds });
  if (plan === null) throw new Error('there is something in that range');
  return plan;
};

describe('the plan of a trim', () => {
  it.each([
    [2, 2],
    [2.05, 2],
    [2.0999, 2],
    [2.1, 2.1],
    [0, 0],
  ])('from %d s begins with the picture of %d s', (fromSeconds, firstPictureSeconds) => {
    expect(planned(fromSeconds, 5).firstPictureSeconds).toBeCloseTo(firstPictureSeconds);
  });

  it('takes the first picture for a clip that has none before the start', () => {
    const clip = index(10);
    const late = { ...clip, pictures: clip.pictures.filter(({ atSeconds }) => atSeconds > 0.15) };
    expect(planned(0, 5, late).firstPictureSeconds).toBeCloseTo(0.2);
  });

  it('is none when nothing is shown', () => {
    expect(planTrim({ ...index(1), pictures: [] }, { fromSeconds: 0, toSeconds: 1 })).toBeNull();
    expect(planTrim(index(1), { fromSeconds: 1, toSeconds: 1 })).toBeNull();
  });

  it('bounds the file by what the pictures of the range took, with room for a first whole one', () => {
    const { maxBytes, maxBitrateBps, framesPerSecond } = planned(2, 8);
    expect(framesPerSecond).toBe(10);
    expect(maxBytes).toBeGreaterThan(60 * 1000 + 1024 * 1024);
    expect(maxBytes).toBeLessThan(2 * 1024 * 1024);
    expect((maxBitrateBps * 8) / 8).toBeLessThan(maxBytes * 8);
  });
});

describe('the command of a trim', () => {
  const command = trimCommand('/clip.mp4', planned(2.05, 7), '/trim.mp4');

  it('seeks to just before the first picture and moves it to the start', () => {
    expect(command.inputs).toEqual([{ path: '/clip.mp4', options: ['-copyts', '-ss', '1.999500'] }]);
    const options = command.outputs[0]?.options.join(' ');
    expect(options).toContain(
      "-map 0:v:0 -vf trim=start=1.999500:end=6.999500,settb=1/90000,setpts='max(0,PTS-184500)',",
    );
    expect(options).toContain(
      '-map 0:a:0 -af atrim=start=2.050000:end=7.000000,' +
        'asetpts=PTS-2.050000/TB,aresample=48000:async=1:min_hard_comp=0.01:first_pts=0 ',
    );
  });

  it('letterboxes pictures of another size', () => {
    const options = command.outputs[0]?.options.join(' ');
    expect(options).toContain('scale=1280:720:force_original_aspect_ratio=decrease');
    expect(options).toContain('pad=1280:720');
  });

  it('writes no B-frames, and AAC', () => {
    const options = command.outputs[0]?.options.join(' ');
    expect(options).toContain('-c:v libx264 -preset veryfast -crf 18 -bf 0');
    expect(options).toContain('-c:a aac');
  });

  it('of a clip without sound has none', () => {
    const { outputs } = trimCommand('/clip.mp4', planned(0, 5, { ...index(10), audio: null }), '/trim.mp4');
    expect(outputs[0]?.options).not.toContain('0:a:0');
    expect(outputs[0]?.options).not.toContain('aac');
  });
});
