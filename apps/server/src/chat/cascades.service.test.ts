import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openChatStage, type ChatStage, type Hall } from './testing/stage.ts';

let stage: ChatStage;
let hall: Hall;
let target: { channelId: string };
let owner: SignedInUser;
let reader: SignedInUser;
let clipId: string;
let messageId: string;

beforeAll(async () => {
  stage = await openChatStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  hall = await stage.createHall();
  target = { channelId: hall.channelId };
  owner = await stage.createUser(hall);
  reader = await stage.createUser(hall);
  clipId = await stage.createClip(owner);
  ({ id: messageId } = await stage.chat.messages.create(owner, { target, text: 'look', clipId }));
  await stage.chat.unread.read(reader, target, messageId);
});

const left = async () => ({
  messages: await stage.db.message.count({ where: { id: messageId } }),
  reads: await stage.db.channelRead.count({ where: target }),
  clips: await stage.db.replayClip.count({ where: { id: clipId } }),
});

it('deleting an account keeps its messages, without a name and without its clips', async () => {
  const conversation = await stage.createConversation(owner, reader);
  await stage.chat.messages.create(owner, { target: conversation, text: 'bye' });
  await stage.db.user.delete({ where: { id: owner.id } });
  const { items } = await stage.chat.messages.list(reader, { target, limit: 10 });
  expect(items).toMatchObject([{ id: messageId, author: null, text: 'look', clip: { state: 'removed' } }]);
  expect(await stage.chat.conversations.list(reader)).toMatchObject([
    { others: [], lastMessage: { author: null, text: 'bye' } },
  ]);
});

it('deleting a channel deletes its messages, and keeps the clips', async () => {
  await stage.db.channel.delete({ where: { id: hall.channelId } });
  expect(await left()).toEqual({ messages: 0, reads: 0, clips: 1 });
  expect(await stage.clips.get(owner.id, clipId)).toMatchObject({ status: 'READY' });
  expect(await stage.chat.unread.list(reader)).toEqual([]);
});

it('deleting a community deletes its messages, and keeps the clips', async () => {
  await stage.db.community.delete({ where: { id: hall.id } });
  expect(await left()).toEqual({ messages: 0, reads: 0, clips: 1 });
  expect(await stage.clips.get(owner.id, clipId)).toMatchObject({ status: 'READY' });
});

it('deleting a conversation deletes its messages, and keeps the clips', async () => {
  const conversation = await stage.createConversation(owner, reader);
  const { id } = await stage.chat.messages.create(owner, { target: conversation, text: '', clipId });
  await stage.chat.conversations.leave(owner, conversation.conversationId);
  await stage.chat.conversations.leave(reader, conversation.conversationId);
  expect(await stage.db.message.count({ where: { id } })).toBe(0);
  expect(await left()).toMatchObject({ clips: 1 });
});
