import { expect, test } from 'vitest';
import { remedyOf } from './error-remedy.ts';

test.each([
  ['QUOTA_EXCEEDED', 'manage-clips'],
  ['ALREADY_ACTIVE', 'stop-other'],
  ['RECORDER_UNAVAILABLE', 'try-again'],
  ['NOT_SHARING', 'share-again'],
  ['PERMISSION_DENIED', null],
  ['REPLAY_DISABLED', null],
] as const)('%s offers %s', (code, remedy) => {
  expect(remedyOf({ code, text: '', remedy: '', errorId: null })).toBe(remedy);
});
