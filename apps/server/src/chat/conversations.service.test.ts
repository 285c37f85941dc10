import { randomUUID } from 'node:crypto';
import { conversationSchema } from '@hindsight/shared/chat/message';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../recording/testing/refusal.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openChatStage, type ChatStage, type Hall } from './testing/stage.ts';

let stage: ChatStage;
let hall: Hall;
let ada: SignedInUser;
let bob: SignedInUser;
let cyd: SignedInUser;

beforeAll(async () => {
  stage = await openChatStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  hall = await stage.createHall();
  [ada, bob, cyd] = [
    await stage.createUser(hall),
    await stage.createUser(hall),
    await stage.createUser(hall),
  ];
});

const open = (user: SignedInUser, ...others: SignedInUser[]) =>
  stage.chat.conversations.create(
    user,
    others.map(({ id }) => id),
  );
const person = ({ id, username }: SignedInUser) => ({ id, username });
const leave = (user: SignedInUser, { id }: { id: string }) => stage.chat.conversations.leave(user, id);

describe('a conversation of two', () => {
  it('is always the same one, whoever opens it, also when both open it many times at once', async () => {
    const opened = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? open(ada, bob) : open(bob, ada))),
    );
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(await stage.chat.conversations.list(ada)).toMatchObject([
      { others: [person(bob)], lastMessage: null },
    ]);
    expect(await stage.chat.conversations.list(bob)).toMatchObject([{ others: [person(ada)] }]);
    expect(conversationSchema.parse(opened[0])).toEqual((await stage.chat.conversations.list(ada))[0]);
  });

  it("is separate from each one's conversations with others", async () => {
    const ids = [await open(ada, bob), await open(ada, cyd), await open(ada, bob, cyd)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
  });

  it('is the same again, with its messages, when it is opened after one or both have left', async () => {
    const { id } = await open(ada, bob);
    await stage.chat.messages.create(ada, { target: { conversationId: id }, text: 'hi' });
    await leave(bob, { id });
    expect(await stage.chat.conversations.list(bob)).toEqual([]);
    expect(await open(ada, bob)).toMatchObject({ id, others: [person(bob)], lastMessage: { text: 'hi' } });
    await leave(ada, { id });
    await leave(bob, { id });
    expect(await open(bob, ada)).toMatchObject({ id, others: [person(ada)], lastMessage: { text: 'hi' } });
  });
});

describe('a group', () => {
  it('lets its members leave one by one, and is deleted with its messages when the last one leaves', async () => {
    const { id } = await open(ada, bob, cyd, bob, ada);
    expect(await stage.db.conversationMember.count({ where: { conversationId: id } })).toBe(3);
    await stage.chat.messages.create(ada, { target: { conversationId: id }, text: 'bye' });
    await leave(ada, { id });
    expect(await refusal(leave(ada, { id }))).toBe('NOT_FOUND');
    expect(await refusal(stage.chat.conversations.get(ada, id))).toBe('NOT_FOUND');
    expect((await stage.chat.conversations.get(bob, id)).others).toEqual([person(cyd)]);
    await Promise.all([leave(bob, { id }), leave(cyd, { id })]);
    expect(await stage.db.conversation.count({ where: { id } })).toBe(0);
    expect(await stage.db.message.count({ where: { conversationId: id } })).toBe(0);
  });
});

describe('opening a conversation', () => {
  it('is only possible with people who share a community; others answer like unknown users', async () => {
    const stranger = await stage.createUser(await stage.createHall());
    expect(await refusal(open(ada, stranger))).toBe('NOT_FOUND');
    expect(await refusal(open(ada, bob, stranger))).toBe('NOT_FOUND');
    expect(await refusal(stage.chat.conversations.create(ada, [randomUUID()]))).toBe('NOT_FOUND');
    expect(await refusal(open({ ...ada, isInstanceAdmin: true }, stranger))).toBe('NOT_FOUND');
    await stage.kick(bob, hall);
    expect(await refusal(open(ada, bob))).toBe('NOT_FOUND');
    expect(await stage.chat.conversations.list(ada)).toEqual([]);
  });

  it('needs somebody else', async () => {
    expect(await refusal(open(ada, ada))).toBe('VALIDATION_FAILED');
  });

  it('is limited for each person', async () => {
    for (let i = 0; i < 20; i++) await open(ada, bob);
    expect(await refusal(open(ada, cyd))).toBe('RATE_LIMITED');
    expect(await refusal(open(bob, cyd))).toBeNull();
  });

  it('is announced to its members', async () => {
    const [tab, other, third] = [stage.follow(ada), stage.follow(bob), stage.follow(cyd)];
    const { id } = await open(ada, bob);
    const event = { type: 'conversation', conversationId: id };
    await expect.poll(() => [tab.received, other.received]).toEqual([[event], [event]]);
    // Opening an open conversation announces nothing.
    await open(bob, ada);
    await leave(bob, { id });
    await expect.poll(() => other.received).toEqual([event, event]);
    await expect.poll(() => tab.received).toEqual([event, event]);
    expect(third.received).toEqual([]);
    await Promise.all([tab.close(), other.close(), third.close()]);
  });
});

describe('the list', () => {
  it('starts with the latest, each with its newest message', async () => {
    const [first, second, third] = [await open(ada, bob), await open(ada, cyd), await open(ada, bob, cyd)];
    await stage.chat.messages.create(bob, { target: { conversationId: first.id }, text: 'old' });
    const { id: goneId } = await stage.chat.messages.create(bob, {
      target: { conversationId: third.id },
      text: 'taken back',
    });
    await stage.chat.messages.create(cyd, { target: { conversationId: second.id }, text: 'middle' });
    await stage.chat.messages.create(bob, { target: { conversationId: first.id }, text: 'newest' });
    await stage.chat.messages.remove(bob, goneId);
    const list = await stage.chat.conversations.list(ada);
    expect(list.map(({ id, lastMessage }) => [id, lastMessage?.text])).toEqual([
      [first.id, 'newest'],
      [second.id, 'middle'],
      [third.id, undefined],
    ]);
    expect(list[1]?.lastMessage?.author).toEqual(person(cyd));
  });

  it('does not contain other people’s conversations', async () => {
    const { id } = await open(ada, bob);
    expect(await stage.chat.conversations.list(cyd)).toEqual([]);
    expect(await refusal(stage.chat.conversations.get(cyd, id))).toBe('NOT_FOUND');
    expect(await refusal(leave(cyd, { id }))).toBe('NOT_FOUND');
    expect(await refusal(stage.chat.conversations.get(ada, randomUUID()))).toBe('NOT_FOUND');
  });
});

describe('the people to write to', () => {
  it('are those who share a community, by name, without oneself', async () => {
    await stage.createUser(await stage.createHall());
    const other = await stage.createHall();
    const both = await stage.createUser(hall);
    await stage.join(both, other);
    await stage.join(ada, other);
    const people = await stage.chat.people.list(ada, '');
    expect(people).toEqual(
      [bob, cyd, both].map(person).toSorted((a, b) => (a.username < b.username ? -1 : 1)),
    );
    expect(await stage.chat.people.list(ada, bob.username.toUpperCase().slice(2))).toEqual([person(bob)]);
    expect(await stage.chat.people.list(ada, '%')).toEqual([]);
    expect(await stage.chat.people.list(ada, '_')).toEqual([]);
  });

  it('are limited to twenty', async () => {
    for (let i = 0; i < 21; i++) {
      const username = `many${randomUUID()}`;
      await stage.db.user.create({
        data: {
          username,
          usernameKey: username,
          passwordHash: '-',
          memberships: { create: { communityId: hall.id } },
        },
      });
    }
    expect(await stage.chat.people.list(ada, 'MANY')).toHaveLength(20);
  });
});
