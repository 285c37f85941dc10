import type { MessageTarget } from '@hindsight/shared/chat/message';
import { unreadSchema } from '@hindsight/shared/chat/message';
import { HOUR } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openChatStage, type ChatStage, type Hall } from './testing/stage.ts';

let stage: ChatStage;
let hall: Hall;
let target: { channelId: string };
let author: SignedInUser;
let reader: SignedInUser;

beforeAll(async () => {
  stage = await openChatStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  hall = await stage.createHall();
  target = { channelId: hall.channelId };
  author = await stage.createUser(hall);
  reader = await stage.createUser(hall);
  // The times are old enough for all messages that the tests date back.
  const joinedAt = new Date(Date.now() - HOUR);
  await stage.db.communityMember.updateMany({ where: { communityId: hall.id }, data: { joinedAt } });
});

const unread = async (user: SignedInUser) => unreadSchema.parse(await stage.chat.unread.list(user));
const newest = async (place: MessageTarget) =>
  stage.db.message.findFirstOrThrow({ where: place, orderBy: { createdAt: 'desc' } });
const read = async (user: SignedInUser, place: MessageTarget) =>
  stage.chat.unread.read(user, place, (await newest(place)).id);

it('counts what others have written since the last read, in channels and conversations', async () => {
  const conversation = await stage.createConversation(author, reader);
  await stage.db.conversationMember.updateMany({
    where: conversation,
    data: { lastReadAt: new Date(Date.now() - HOUR) },
  });
  for (const place of [target, conversation]) {
    await stage.fill(place, author.id, 3);
    await stage.fill(place, reader.id, 2);
  }
  const lastMessageAt = async (place: MessageTarget) =>
    (await stage.db.message.findFirstOrThrow({ where: { ...place, text: '2' } })).createdAt.toISOString();
  expect(await unread(reader)).toEqual([
    { target, count: 3, lastMessageAt: await lastMessageAt(target) },
    { target: conversation, count: 3, lastMessageAt: await lastMessageAt(conversation) },
  ]);
  expect((await unread(author)).map(({ count }) => count)).toEqual([2, 2]);

  await read(reader, target);
  expect(await unread(reader)).toMatchObject([{ target: conversation }]);
  await read(reader, conversation);
  expect(await unread(reader)).toEqual([]);
  await stage.chat.messages.create(author, { target, text: 'one more' });
  expect(await unread(reader)).toMatchObject([{ target, count: 1 }]);
});

it('starts at the join, without earlier messages', async () => {
  await stage.fill(target, author.id, 5);
  const newcomer = await stage.createUser(hall);
  expect(await unread(newcomer)).toEqual([]);
  await stage.chat.messages.create(author, { target, text: 'welcome' });
  expect(await unread(newcomer)).toMatchObject([{ target, count: 1 }]);
});

it('starts again for somebody who returns, without the messages of the meantime', async () => {
  await stage.fill(target, author.id, 1);
  await read(reader, target);
  await stage.kick(reader, hall);
  await stage.fill(target, author.id, 5);
  await stage.join(reader, hall);
  expect(await unread(reader)).toEqual([]);
});

it('stops counting at a hundred', async () => {
  await stage.fill(target, author.id, 130);
  expect(await unread(reader)).toMatchObject([{ target, count: 100 }]);
});

it('never goes back: marking an older message as read changes nothing', async () => {
  await stage.fill(target, author.id, 5);
  const oldest = await stage.db.message.findFirstOrThrow({ where: target, orderBy: { createdAt: 'asc' } });
  await read(reader, target);
  await stage.chat.unread.read(reader, target, oldest.id);
  expect(await unread(reader)).toEqual([]);
});

it('leaves out places that one has left, also with unread messages', async () => {
  const conversation = await stage.createConversation(author, reader);
  await stage.fill(target, author.id, 2);
  await stage.chat.messages.create(author, { target: conversation, text: 'still there?' });
  expect(await unread(reader)).toHaveLength(2);
  await stage.kick(reader, hall);
  await stage.chat.conversations.leave(reader, conversation.conversationId);
  expect(await unread(reader)).toEqual([]);
});

it('counts the messages of deleted accounts', async () => {
  await stage.fill(target, author.id, 2);
  await stage.db.user.delete({ where: { id: author.id } });
  expect(await unread(reader)).toMatchObject([{ target, count: 2 }]);
});

it('accepts the same mark from many tabs at once, and tells them', async () => {
  await stage.fill(target, author.id, 3);
  const tab = stage.follow(reader);
  const elsewhere = stage.follow(author);
  await Promise.all(Array.from({ length: 8 }, () => read(reader, target)));
  await expect.poll(() => tab.received).toEqual(Array.from({ length: 8 }, () => ({ type: 'read', target })));
  expect(await unread(reader)).toEqual([]);
  expect(elsewhere.received).toEqual([]);
  await Promise.all([tab.close(), elsewhere.close()]);
});
