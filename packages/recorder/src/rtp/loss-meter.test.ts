import { describe, expect, it } from 'vitest';
import { LossMeter } from './loss-meter.ts';
import { NO_LOSSES } from '../recorder.port.ts';

describe('LossMeter', () => {
  it('counts how long the picture stood still, from the last good picture to the next one', () => {
    const meter = new LossMeter();
    meter.damaged();
    meter.picture(1000);
    meter.picture(1100);
    meter.damaged();
    meter.damaged();
    meter.picture(1700);
    meter.picture(1800);
    expect(meter.losses).toEqual({ ...NO_LOSSES, frozenMs: 600 });
  });

  it('counts an interruption as missing, not as frozen', () => {
    const meter = new LossMeter();
    meter.picture(1000);
    meter.damaged();
    meter.interrupted(1000, 31_500);
    meter.picture(31_500);
    expect(meter.losses).toEqual({ ...NO_LOSSES, interruptions: 1, missingMs: 30_500 });
  });

  it('has news only when something was added', () => {
    const meter = new LossMeter();
    expect(meter.takeNews()).toBeUndefined();
    meter.packets.recovered += 3;
    meter.packets.lost++;
    expect(meter.takeNews()).toEqual({ ...NO_LOSSES, recoveredPackets: 3, lostPackets: 1 });
    expect(meter.takeNews()).toBeUndefined();
  });
});
