import { describe, expect, it } from 'vitest';
import type { FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { testVideo } from '../testing/test-video.ts';
import { trimCommand, trimSoundCommand } from './trim-args.ts';
import { planTrim } from './trim-plan.ts';

const SOUND = { ...testVideo(10), kind: 'audio', codec: 'Opus', timescale: 48_000 } as const;

/** Returns a clip of ten pictures per second, after a hidden lead-in of one second, with sound. */
const clip = (seconds: number): FileTrack[] => [testVideo(seconds, 1), SOUND];

/** Returns a clip whose second picture is shown before the first. */
function reordered(seconds: number): FileTrack[] {
  const video = testVideo(seconds, 1);
  const samples = video.samples.map((sample, index) => ({
    ...sample,
    compositionOffset: index === 0 ? 18_000 : 0,
  }));
  return [{ ...video, samples }, SOUND];
}

const planned = (fromSeconds: number, toSeconds: number, movie = clip(10)) => {
  const plan = planTrim(movie, { fromSeconds, toSeconds });
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
    const video = testVideo(10);
    const late = { ...video, samples: video.samples.filter(({ decodeTime }) => decodeTime > 0.15 * 90_000) };
    expect(planned(0, 5, [late]).firstPictureSeconds).toBeCloseTo(0.2);
  });

  it('is null when nothing is shown', () => {
    expect(planTrim([SOUND], { fromSeconds: 0, toSeconds: 1 })).toBeNull();
    expect(planTrim([{ ...testVideo(1), samples: [] }], { fromSeconds: 0, toSeconds: 1 })).toBeNull();
    expect(planTrim(clip(1), { fromSeconds: 1, toSeconds: 1 })).toBeNull();
  });

  it('copies the pictures from the first keyframe on, where that is possible', () => {
    expect(planned(2, 8).pictures?.cut).toMatchObject({ first: 30, copiedFrom: 40, end: 90 });
    expect(planned(2, 8, reordered(10)).pictures).toBeNull();
  });

  it('bounds the file by the copied bytes and what the head may take', () => {
    const { maxBytes } = planned(2, 8);
    expect(maxBytes).toBeGreaterThan(50 * 1000 + 2 * 10 * 1000 + 1024 * 1024);
    expect(maxBytes).toBeLessThan(1.5 * 1024 * 1024);
    // After a keyframe only the sound is encoded.
    expect(planned(3, 8).maxBytes).toBeLessThan(50 * 1000 + 250 * 1000);
  });

  it('bounds a completely encoded file by the size of its source pictures, with space for a first keyframe', () => {
    const { maxBytes, maxBitrateBps, framesPerSecond } = planned(2, 8, reordered(10));
    expect(framesPerSecond).toBe(10);
    expect(maxBytes).toBeGreaterThan(60 * 1000 + 1024 * 1024);
    expect(maxBytes).toBeLessThan(2 * 1024 * 1024);
    expect((maxBitrateBps * 8) / 8).toBeLessThan(maxBytes * 8);
  });
});

const OUTPUT = { recordedAtMs: Date.UTC(2026, 10, 29, 20, 15), outputPath: '/trim.mp4' };

describe('the command of a trim', () => {
  const command = trimCommand('/clip.mp4', planned(2.05, 7), OUTPUT);

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

  it('can encode only the sound', () => {
    const sound = trimSoundCommand('/clip.mp4', planned(2.05, 7), '/sound.mp4');
    expect(sound.inputs).toEqual(command.inputs);
    const options = sound.outputs[0]?.options.join(' ') ?? '';
    expect(options).not.toContain('0:v');
    expect(command.outputs[0]?.options.join(' ')).toContain(options.replace(/ -map_metadata.*/, ''));
  });

  it('of a clip without sound encodes none', () => {
    const { outputs } = trimCommand('/clip.mp4', planned(0, 5, [testVideo(10)]), OUTPUT);
    expect(outputs[0]?.options).not.toContain('0:a:0');
    expect(outputs[0]?.options).not.toContain('aac');
  });
});
