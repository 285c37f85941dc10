import { expect, test } from 'vitest';
import { isEndOfStay, micProblem, shareObstacle, shareProblem } from './voice-problem.ts';

test.each([
  ['NotAllowedError', 'Permission denied', 'SHARE_CANCELLED'],
  ['NotAllowedError', 'Permission denied by system', 'SHARE_BLOCKED_BY_SYSTEM'],
  ['AbortError', '', 'SHARE_CANCELLED'],
  ['NotSupportedError', '', 'SHARE_UNSUPPORTED'],
  ['NotReadableError', 'Could not start video source', 'SHARE_FAILED'],
])('a share that fails with %s (%s) is %s', (name, message, problem) => {
  expect(shareProblem(new DOMException(message, name))).toBe(problem);
});

test('an error of no known kind is a failed share', () => {
  expect(shareProblem('no error at all')).toBe('SHARE_FAILED');
});

test.each([
  [true, true, null],
  [true, false, 'SHARE_UNSUPPORTED'],
  [false, false, 'SHARE_INSECURE'],
])('secure %s, getDisplayMedia %s: %s', (isSecureContext, hasDisplayMedia, problem) => {
  expect(shareObstacle({ isSecureContext, hasDisplayMedia })).toBe(problem);
});

test.each([
  ['NotAllowedError', true, 'MIC_BLOCKED'],
  ['NotFoundError', true, 'MIC_MISSING'],
  ['NotReadableError', true, 'MIC_FAILED'],
  ['TypeError', false, 'MIC_INSECURE'],
])('a microphone that fails with %s (secure: %s) is %s', (name, isSecureContext, problem) => {
  expect(micProblem(new DOMException('', name), isSecureContext)).toBe(problem);
});

test('only what ended the stay offers to join again', () => {
  expect(isEndOfStay('KICKED')).toBe(true);
  expect(isEndOfStay('SHARE_CANCELLED')).toBe(false);
});
