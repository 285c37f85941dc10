import { TRPCClientError } from '@trpc/client';
import { expect, test } from 'vitest';
import { presentError } from './present-error.ts';

const answered = (data: object) =>
  TRPCClientError.from({ error: { code: -32000, message: 'never shown', data } });

test('shows text and remedy of the code, with the detail', () => {
  expect(
    presentError(answered({ appCode: 'QUOTA_EXCEEDED', detail: '4.9 of 5 GB.', errorId: null })),
  ).toEqual({
    code: 'QUOTA_EXCEEDED',
    text: 'Your clip storage is full (user quota exceeded). 4.9 of 5 GB.',
    remedy: 'Delete clips you no longer need, or ask an admin for more.',
    errorId: null,
  });
});

test('keeps the id of an unexpected error', () => {
  expect(presentError(answered({ appCode: 'INTERNAL', detail: null, errorId: 'req-7' })).errorId).toBe(
    'req-7',
  );
});

test('leaves the details of a validation error to developers', () => {
  expect(presentError(answered({ appCode: 'VALIDATION_FAILED', detail: '→ at channelId' })).text).toBe(
    'Something in the request is not valid.',
  );
});

test.each([
  [new TypeError('Failed to fetch')],
  [answered({})],
  [answered({ appCode: 'NEW_CODE' })],
  ['text'],
])('calls the server unreachable when none of our codes came back (%#)', (error) => {
  expect(presentError(error).code).toBe('UNREACHABLE');
});
