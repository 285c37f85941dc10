import { expect, test } from 'vitest';
import { session } from '../replay.fixtures.ts';
import { recordingSign } from './recording-sign.ts';

const KNOWN = { hasCallEnded: false, isUnheard: false };

test.each([
  ['nothing', null, 'none'],
  ['a start', { status: 'STARTING' }, 'none'],
  ['a recording', {}, 'on'],
  ['one that gets nothing', { health: 'DEGRADED' }, 'lost'],
  ['one that was stopped', { status: 'STOPPED', endReason: 'STOPPED_BY_USER' }, 'none'],
  ['the end of the share', { status: 'STOPPED', endReason: 'SHARE_ENDED' }, 'none'],
  ['leaving', { status: 'STOPPED', endReason: 'LEFT' }, 'none'],
  ['an admin’s stop', { status: 'STOPPED', endReason: 'STOPPED_BY_ADMIN' }, 'lost'],
  ['a lost connection', { status: 'STOPPED', endReason: 'CONNECTION_LOST' }, 'lost'],
  ['a full disk', { status: 'STOPPED', endReason: 'DISK_FULL' }, 'lost'],
  ['a failed recorder', { status: 'FAILED', endReason: 'RECORDER_FAILED' }, 'lost'],
] as const)('the sign of %s', (_what, changes, sign) => {
  const mine = { session: changes === null ? null : session(changes) };
  expect(recordingSign(mine, KNOWN).sign).toBe(sign);
});

test('having left is a loss when the call ended by itself', () => {
  const mine = { session: session({ status: 'STOPPED', endReason: 'LEFT' }) };
  expect(recordingSign(mine, { ...KNOWN, hasCallEnded: true })).toEqual({
    sign: 'lost',
    reason: 'The call ended by itself.',
  });
});

test.each([
  ['a recording', {}, 'unknown'],
  ['one that got nothing', { health: 'DEGRADED' }, 'unknown'],
  ['one that had ended', { status: 'STOPPED', endReason: 'CONNECTION_LOST' }, 'lost'],
] as const)('the sign of %s once the server is not heard', (_what, changes, sign) => {
  expect(recordingSign({ session: session(changes) }, { ...KNOWN, isUnheard: true }).sign).toBe(sign);
});
