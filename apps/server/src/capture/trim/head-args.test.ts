import { describe, expect, it } from 'vitest';
import { planExactCut } from '@hindsight/mp4/layout/exact-cut';
import { headBudget, headCommand } from './head-args.ts';
import { testVideo } from '../testing/test-video.ts';

/** The video has ten pictures per second of 1000 bytes each, and a keyframe every four seconds. */
const video = testVideo(10);

function planned(fromSeconds: number, toSeconds: number) {
  const cut = planExactCut(video, { fromSeconds, toSeconds });
  if (cut === null) throw new Error('it can be cut');
  return { video, cut };
}

describe('the command of a head', () => {
  it('encodes the pictures from the one on screen up to the keyframe, by their ticks', () => {
    const { inputs, outputs } = headCommand('/clip.mp4', planned(2.05, 7), { outputPath: '/head.mp4' });
    expect(inputs).toEqual([{ path: '/clip.mp4', options: ['-copyts', '-ss', '1.999500'] }]);
    const options = outputs[0]?.options.join(' ');
    expect(options).toContain(
      "-map 0:v:0 -vf settb=1/90000,trim=start_pts=180000:end_pts=360000,setpts='max(0,PTS-184500)' ",
    );
  });

  it('ends with the cut when there is no keyframe before its end', () => {
    const { outputs } = headCommand('/clip.mp4', planned(5, 6), { outputPath: '/head.mp4' });
    expect(outputs[0]?.options.join(' ')).toContain('trim=start_pts=450000:end_pts=540000');
  });

  it('encodes like the source, with parameter sets of another id in each keyframe', () => {
    const { outputs } = headCommand('/clip.mp4', planned(2.05, 7), { outputPath: '/head.mp4' });
    const options = outputs[0]?.options.join(' ');
    expect(options).toContain('-profile:v baseline');
    expect(options).toContain(':sps-id=1 ');
    expect(options).toContain('-bsf:v h264_metadata=tick_rate=20,dump_extra=freq=keyframe');
    expect(options).toContain('-bf 0');
    expect(options).not.toContain('-pix_fmt');
    expect(options).not.toContain('-threads');
  });

  it('uses one processor in the background', () => {
    const how = { outputPath: '/head.mp4', isBackground: true };
    const { inputs, outputs } = headCommand('/clip.mp4', planned(2.05, 7), how);
    for (const { options } of [...inputs, ...outputs]) expect(options.join(' ')).toContain('-threads 1');
  });
});

it('is bounded by the size of its source pictures, with space for a first keyframe', () => {
  const { cut } = planned(2.05, 7);
  const { maxBytes } = headBudget(video, cut);
  expect(maxBytes).toBeGreaterThan(2 * 20 * 1000 + 1024 * 1024);
  expect(maxBytes).toBeLessThan(1.2 * 1024 * 1024);
  expect(headBudget(video, planned(4, 7).cut).maxBytes).toBe(0);
});
