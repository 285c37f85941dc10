import { randomUUID } from 'node:crypto';
import { messageSchema, type MessageTarget } from '@hindsight/shared/chat/message';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../recording/testing/refusal.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openChatStage, type ChatStage, type Hall } from './testing/stage.ts';

let stage: ChatStage;
let hall: Hall;
let target: { channelId: string };
let author: SignedInUser;

beforeAll(async () => {
  stage = await openChatStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  hall = await stage.createHall();
  target = { channelId: hall.channelId };
  author = await stage.createUser(hall);
});

const write = (user: SignedInUser, place: MessageTarget = target, text = 'hello') =>
  stage.chat.messages.create(user, { target: place, text });
const list = (user: SignedInUser, place: MessageTarget = target, cursor?: string, limit = 50) =>
  stage.chat.messages.list(user, { target: place, limit, ...(cursor === undefined ? {} : { cursor }) });

/** Lists what each procedure answers somebody about a place and a message in it. */
async function refusals(user: SignedInUser, place: MessageTarget, messageId: string) {
  return {
    list: await refusal(list(user, place)),
    create: await refusal(write(user, place)),
    update: await refusal(stage.chat.messages.update(user, messageId, 'mine now')),
    remove: await refusal(stage.chat.messages.remove(user, messageId)),
    read: await refusal(stage.chat.unread.read(user, place, messageId)),
  };
}
const all = (code: string) => ({ list: code, create: code, update: code, remove: code, read: code });

describe('a message', () => {
  it('is read by every member as it was written', async () => {
    const message = await write(author, target, 'Nice one 🎉');
    expect(messageSchema.parse(message)).toMatchObject({
      target,
      author: { id: author.id, username: author.username },
      text: 'Nice one 🎉',
      clip: null,
      editedAt: null,
    });
    expect(await list(await stage.createUser(hall))).toEqual({ items: [message], nextCursor: null });
  });

  it('can be changed by its author, and shows that', async () => {
    const { id } = await write(author);
    const changed = await stage.chat.messages.update(author, id, 'hello all');
    expect(changed.text).toBe('hello all');
    expect(changed.editedAt).not.toBeNull();
    expect((await list(author)).items).toEqual([changed]);
  });

  it('can be removed by its author, once', async () => {
    const { id } = await write(author);
    await stage.chat.messages.remove(author, id);
    expect((await list(author)).items).toEqual([]);
    expect(await refusal(stage.chat.messages.remove(author, id))).toBe('NOT_FOUND');
    expect(await refusal(stage.chat.messages.update(author, id, 'again'))).toBe('NOT_FOUND');
  });

  it('can be changed by nobody else, and removed only by those who manage the channel', async () => {
    const { id } = await write(author);
    const other = await stage.createUser(hall);
    const moderator = await stage.createUser(hall, ['SEND_MESSAGES', 'MANAGE_CHANNELS']);
    expect(await refusal(stage.chat.messages.update(other, id, 'x'))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.chat.messages.remove(other, id))).toBe('PERMISSION_DENIED');
    expect(await refusal(stage.chat.messages.update(moderator, id, 'x'))).toBe('PERMISSION_DENIED');
    expect((await list(author)).items).toMatchObject([{ id, text: 'hello' }]);
    await stage.chat.messages.remove(moderator, id);
    expect((await list(author)).items).toEqual([]);
  });

  it('in a conversation can only be removed by its author, whatever others may do elsewhere', async () => {
    const admin = { ...(await stage.createUser(hall, ['MANAGE_CHANNELS'])), isInstanceAdmin: true };
    const { id } = await write(author, await stage.createConversation(author, admin));
    expect(await refusal(stage.chat.messages.remove(admin, id))).toBe('PERMISSION_DENIED');
    await stage.chat.messages.remove(author, id);
  });
});

describe('a place that somebody may not read answers like an unknown one', () => {
  it('for those who are not, or no longer, members of the community', async () => {
    const { id } = await write(author);
    const stranger = await stage.createUser(await stage.createHall(), ['SEND_MESSAGES', 'MANAGE_CHANNELS']);
    expect(await refusals(stranger, target, id)).toEqual(all('NOT_FOUND'));
    expect(await refusals({ ...stranger, isInstanceAdmin: true }, target, id)).toEqual(all('NOT_FOUND'));
    await stage.kick(author, hall);
    expect(await refusals(author, target, id)).toEqual(all('NOT_FOUND'));
    expect(await refusals(author, { channelId: randomUUID() }, randomUUID())).toEqual(all('NOT_FOUND'));
  });

  it('for those who are not, or no longer, in the conversation', async () => {
    const partner = await stage.createUser(hall);
    const conversation = await stage.createConversation(author, partner);
    const { id } = await write(author, conversation);
    expect(await refusals(await stage.createUser(hall), conversation, id)).toEqual(all('NOT_FOUND'));
    await stage.chat.conversations.leave(author, conversation.conversationId);
    expect(await refusals(author, conversation, id)).toEqual(all('NOT_FOUND'));
  });

  it('when it is a voice channel', async () => {
    const voice = { channelId: hall.voiceChannelId };
    expect(await refusal(list(author, voice))).toBe('NOT_FOUND');
    expect(await refusal(write(author, voice))).toBe('NOT_FOUND');
  });

  it('when the message is in another place than the request says', async () => {
    const { id } = await write(author);
    const conversation = await stage.createConversation(author, await stage.createUser(hall));
    expect(await refusal(stage.chat.unread.read(author, conversation, id))).toBe('NOT_FOUND');
  });
});

describe('writing', () => {
  it('needs the permission, as changing does; reading and removing don’t', async () => {
    const { id } = await write(author);
    await stage.db.role.updateMany({ where: { communityId: hall.id }, data: { actions: [] } });
    expect(await refusals(author, target, id)).toEqual({
      list: null,
      create: 'PERMISSION_DENIED',
      update: 'PERMISSION_DENIED',
      remove: null,
      read: 'NOT_FOUND',
    });
  });

  it('is refused in a conversation that everybody else has left', async () => {
    const partner = await stage.createUser(hall);
    const conversation = await stage.createConversation(author, partner);
    await write(author, conversation);
    await stage.chat.conversations.leave(partner, conversation.conversationId);
    await expect(write(author, conversation)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      detail: 'Everybody else has left this conversation.',
    });
    expect((await list(author, conversation)).items).toHaveLength(1);
  });

  it('is limited for each person', async () => {
    for (let i = 0; i < 20; i++) await write(author);
    expect(await refusal(write(author))).toBe('RATE_LIMITED');
    expect(await refusal(write(await stage.createUser(hall)))).toBeNull();
    expect((await list(author)).items).toHaveLength(21);
  });
});

describe('a history', () => {
  it('comes in pages, newest first, each message once, also with equal times', async () => {
    const now = Date.now();
    await stage.db.message.createMany({
      data: Array.from({ length: 25 }, (_, index) => ({
        ...target,
        authorId: author.id,
        text: `${index}`,
        createdAt: new Date(now - Math.floor(index / 7)),
      })),
    });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(author, target, cursor, 4);
      expect(page.items.length).toBeLessThanOrEqual(4);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    const rows = await stage.db.message.findMany({
      where: target,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    });
    expect(seen).toEqual(rows.map(({ id }) => id));
  });

  it('does not shift while others write and remove', async () => {
    await stage.fill(target, author.id, 9);
    const first = await list(author, target, undefined, 3);
    expect(first.items.map(({ text }) => text)).toEqual(['8', '7', '6']);
    await Promise.all([write(author), write(author), write(author)]);
    // The message that the cursor refers to is removed.
    await stage.chat.messages.remove(author, first.items.at(-1)?.id ?? '');
    const second = await list(author, target, first.nextCursor ?? undefined, 3);
    expect(second.items.map(({ text }) => text)).toEqual(['5', '4', '3']);
    const third = await list(author, target, second.nextCursor ?? undefined, 3);
    expect(third).toMatchObject({ items: [{ text: '2' }, { text: '1' }, { text: '0' }], nextCursor: null });
  });

  it.each(['x', 'e30', Buffer.from('[1e99,"x"]').toString('base64url'), '%00'])(
    'refuses the cursor %s',
    async (cursor) => expect(await refusal(list(author, target, cursor))).toBe('VALIDATION_FAILED'),
  );

  it('of one place never shows messages of another, whatever the cursor was', async () => {
    await stage.fill(target, author.id, 5);
    const { nextCursor } = await list(author, target, undefined, 1);
    const conversation = await stage.createConversation(author, await stage.createUser(hall));
    expect((await list(author, conversation, nextCursor ?? undefined)).items).toEqual([]);
  });
});
