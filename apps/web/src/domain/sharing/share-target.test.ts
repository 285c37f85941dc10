import { expect, test } from 'vitest';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { ConversationDto } from '@hindsight/shared/chat/message';
import {
  channelTargets,
  conversationName,
  conversationTargets,
  matchingTargets,
  personTargets,
} from './share-target.ts';

function community(name: string, actions: CommunityDto['actions']): CommunityDto {
  return {
    id: name,
    name,
    actions,
    isReplayEnabled: true,
    memberCount: 2,
    channels: [
      { id: `${name}-voice`, communityId: name, name: 'Lounge', kind: 'VOICE' },
      { id: `${name}-text`, communityId: name, name: 'general', kind: 'TEXT' },
    ],
  };
}

function conversation(...names: string[]): ConversationDto {
  return {
    id: names.join('+'),
    others: names.map((username) => ({ id: username, username })),
    lastMessage: null,
    createdAt: '2026-11-21T10:00:00.000Z',
  };
}

test('only text channels that may be written in can be shared to', () => {
  const targets = channelTargets([community('Home', ['SEND_MESSAGES']), community('Muted', ['CONNECT'])]);
  expect(targets.map(({ label, detail, destination }) => ({ label, detail, destination }))).toEqual([
    { label: 'general', detail: 'Home', destination: { channelId: 'Home-text' } },
  ]);
});

test('somebody with a conversation is not listed a second time', () => {
  const conversations = [conversation('bo'), conversation('cleo', 'dan')];
  const people = ['bo', 'cleo'].map((username) => ({ id: username, username }));
  expect(conversationTargets(conversations).map(({ label }) => label)).toEqual(['bo', 'cleo, dan']);
  expect(personTargets(people, conversations).map(({ label }) => label)).toEqual(['cleo']);
});

test('a conversation whose others are gone is no place to share to', () => {
  expect(conversationTargets([conversation()])).toEqual([]);
});

test('a long list of people is shortened', () => {
  expect(conversationName(conversation('bo', 'cleo', 'dan', 'eve').others)).toBe('bo, cleo and 2 more');
});

test.each([
  ['gen', ['general']],
  ['GENERAL home', ['general']],
  ['#general', ['general']],
  ['nowhere', []],
])('searching “%s”', (search, found) => {
  const targets = channelTargets([community('Home', ['SEND_MESSAGES'])]);
  expect(matchingTargets(targets, search).map(({ label }) => label)).toEqual(found);
});
