import { expect, it } from 'vitest';
import { createSimultaneousLimit } from './simultaneous-limit.ts';

it('has places for each key, which are free again once they are given back', () => {
  const limit = createSimultaneousLimit({ max: 2, code: 'SIGN_IN_BUSY' });
  const refused = expect.objectContaining({ code: 'SIGN_IN_BUSY' }) as Error;
  const leave = limit.enter('ada');
  limit.enter('ada');
  expect(() => limit.enter('ada')).toThrow(refused);
  limit.enter('bob');
  leave();
  leave();
  limit.enter('ada');
  expect(() => limit.enter('ada')).toThrow(refused);
});
