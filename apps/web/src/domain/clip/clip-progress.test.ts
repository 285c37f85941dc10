import { expect, test } from 'vitest';
import { clipFailure, clipProgress } from './clip-progress.ts';

test.each([
  [null, null, 'Waiting for the last seconds', null],
  ['WAITING', 0, 'Waiting for the last seconds', null],
  ['WRITING', null, 'Saving 0 %', 0],
  ['WRITING', 0.618, 'Saving 62 %', 62],
  ['ENCODING', 1.2, 'Converting 100 %', 100],
  ['UPLOADING', 0.25, 'Storing 25 %', 25],
] as const)('phase %s at %s reads "%s"', (phase, progress, text, percent) => {
  expect(clipProgress({ phase, progress })).toEqual({ text, percent });
});

test('a failure that cannot be retried says what is left to do', () => {
  expect(clipFailure({ errorCode: 'CONCATENATION_FAILED', canRetry: true }).remedy).toMatch(/^Retry/);
  expect(clipFailure({ errorCode: 'CONCATENATION_FAILED', canRetry: false }).remedy).toMatch(/capture again/);
});
