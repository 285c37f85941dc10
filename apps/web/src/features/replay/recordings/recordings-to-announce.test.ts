import { expect, test } from 'vitest';
import { recordingsToAnnounce } from './recordings-to-announce.ts';

const bo = { id: 's1', userId: 'bo-id', username: 'bo' };
const cleo = { id: 's2', userId: 'cleo-id', username: 'cleo' };
const mine = { id: 's3', userId: 'my-id', username: 'me' };
const context = { told: new Set<string>(), myUserId: 'my-id', isFirstLook: false };

test('tells who is recorded from now on', () => {
  expect(recordingsToAnnounce([bo, cleo], context)).toEqual([
    { sessionId: 's1', text: 'bo is now being recorded' },
    { sessionId: 's2', text: 'cleo is now being recorded' },
  ]);
});

test('says of those that run already when one comes in that they do', () => {
  expect(recordingsToAnnounce([bo], { ...context, isFirstLook: true })).toEqual([
    { sessionId: 's1', text: 'bo is being recorded' },
  ]);
});

test('tells of each session once', () => {
  expect(recordingsToAnnounce([bo, cleo], { ...context, told: new Set(['s1']) })).toMatchObject([
    { sessionId: 's2' },
  ]);
  expect(recordingsToAnnounce([{ ...bo, id: 's4' }], { ...context, told: new Set(['s1']) })).toHaveLength(1);
});

test('leaves one’s own out', () => {
  expect(recordingsToAnnounce([mine], context)).toEqual([]);
});
