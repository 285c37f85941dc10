import { describe, expect, it } from 'vitest';
import { LossMeter } from './loss-meter.ts';
import { NO_LOSSES } from '../recorder.port.ts';

describe('LossMeter', () => {
  it('counts how long the picture was frozen, from the last good picture to the next one', () => {
    const meter = new LossMeter();
    meter.pictureLost();
    meter.pictureWritten(1000);
    meter.pictureWritten(1100);
    meter.pictureLost();
    meter.pictureLost();
    meter.pictureWritten(1700);
    meter.pictureWritten(1800);
    expect(meter.losses(2000)).toEqual({ ...NO_LOSSES, frozenMs: 600 });
  });

  it('counts a freeze while it lasts, and then for as long as it was', () => {
    const meter = new LossMeter();
    meter.pictureWritten(1000);
    meter.pictureLost();
    expect([1000, 3000, 9000].map((nowMs) => meter.losses(nowMs).frozenMs)).toEqual([0, 2000, 8000]);
    meter.pictureWritten(8900);
    expect(meter.losses(20_000)).toEqual({ ...NO_LOSSES, frozenMs: 7900 });
  });

  it('counts a freeze before an interruption as frozen', () => {
    const meter = new LossMeter();
    meter.pictureWritten(1000);
    meter.pictureLost();
    meter.interrupted(4000, 6000);
    expect(meter.losses(9000)).toEqual({ ...NO_LOSSES, frozenMs: 3000, interruptions: 1, missingMs: 2000 });
  });

  it('counts an interruption as missing, not as frozen', () => {
    const meter = new LossMeter();
    meter.pictureWritten(1000);
    meter.pictureLost();
    meter.interrupted(1000, 31_500);
    meter.pictureWritten(31_500);
    expect(meter.losses(2000)).toEqual({ ...NO_LOSSES, interruptions: 1, missingMs: 30_500 });
  });

  it('returns the losses only when they have grown', () => {
    const meter = new LossMeter();
    expect(meter.takeIfChanged(0)).toBeUndefined();
    meter.packets.video.recovered += 3;
    meter.packets.audio.lost++;
    const grown = { recoveredPackets: 3, lostPackets: 1, lostSoundPackets: 1 };
    expect(meter.takeIfChanged(0)).toEqual({ ...NO_LOSSES, ...grown });
    expect(meter.takeIfChanged(0)).toBeUndefined();
  });
});
