import { expect, test } from 'vitest';
import { listedPeople } from './listed-people.ts';
import type { RoomPerson } from '../room/voice.slice.ts';

const maja = { userId: 'maja', username: 'Maja', isSharing: true, isRecorded: true, isVoiceKept: true };
const inRoom = (changes: Partial<RoomPerson>): RoomPerson => ({
  userId: 'maja',
  username: 'Maja',
  isLocal: false,
  isSpeaking: false,
  isMicOn: true,
  linkQuality: 'good',
  isSharing: false,
  pictureId: null,
  ...changes,
});

test('of another channel, what the server tells', () => {
  expect(listedPeople([maja], null)).toEqual([
    { ...maja, isSpeaking: false, isMuted: false, isDeafened: false },
  ]);
});

test('of the own channel, who is really there now, and who and whose voice is recorded by the server’s word', () => {
  const people = listedPeople([maja, { ...maja, userId: 'gone' }], {
    people: [inRoom({ isSpeaking: true }), inRoom({ userId: 'me', isLocal: true, isMicOn: false })],
    isDeafened: true,
  });
  expect(people.map(({ userId }) => userId)).toEqual(['maja', 'me']);
  expect(people[0]).toMatchObject({
    isSpeaking: true,
    isRecorded: true,
    isVoiceKept: true,
    isSharing: false,
    isDeafened: false,
  });
  expect(people[1]).toMatchObject({ isMuted: true, isDeafened: true, isRecorded: false, isVoiceKept: false });
});

test('while it connects, the server’s list stands in', () => {
  expect(listedPeople([maja], { people: [], isDeafened: false })).toHaveLength(1);
});
