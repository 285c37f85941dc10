import { describe, expect, it } from 'vitest';
import { createAttemptLimit } from './rate-limit.ts';

describe('attempt limit', () => {
  it('refuses the attempt after the last allowed one, by key', () => {
    const limit = createAttemptLimit({ max: 2, windowMs: 1000, now: () => 0 });
    limit.take('ada');
    limit.take('ada');
    expect(() => limit.take('ada')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
    expect(() => limit.take('bob')).not.toThrow();
  });

  it('forgives when the window is over', () => {
    let nowMs = 0;
    const limit = createAttemptLimit({ max: 1, windowMs: 1000, now: () => nowMs });
    limit.take('ada');
    nowMs = 1000;
    expect(() => limit.take('ada')).not.toThrow();
  });

  it('does not count what is given back', () => {
    const limit = createAttemptLimit({ max: 1, windowMs: 1000, now: () => 0 });
    for (let attempt = 0; attempt < 5; attempt++) {
      limit.take('ada');
      limit.giveBack('ada');
    }
    limit.take('ada');
    expect(() => limit.take('ada')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }));
  });
});
