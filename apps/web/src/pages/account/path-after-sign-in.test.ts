import { expect, test } from 'vitest';
import { pathAfterSignIn } from './path-after-sign-in.ts';

test.each([
  [{ from: '/invite/abc' }, '/invite/abc'],
  [{ from: '/clips/1?t=30' }, '/clips/1?t=30'],
  [{ from: '//elsewhere.example' }, '/'],
  [{ from: '/\\elsewhere.example' }, '/'],
  [{ from: 'https://elsewhere.example' }, '/'],
  [{ from: 1 }, '/'],
  [null, '/'],
])('%o leads to %s', (state, path) => {
  expect(pathAfterSignIn(state)).toBe(path);
});
