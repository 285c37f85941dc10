import type { PrismaClient } from '@hindsight/db/client';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { MessageDto, MessageEvent } from '@hindsight/shared/chat/message';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLIP_INCLUDE } from '../clips/clip-feed.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { createChatFeed } from './chat-feed.ts';
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
});

const write = (user: SignedInUser, text: string, place: MessageDto['target'] = target) =>
  stage.chat.messages.create(user, { target: place, text });
const texts = (received: readonly MessageEvent[]) =>
  received.map((event) => ('message' in event ? event.message.text : event.type));

/** Sends an event that somebody is certain to receive, so that everything before it has been received too. */
async function hearsLast(user: SignedInUser, tab: { received: MessageEvent[] }): Promise<void> {
  const partner = await stage.createUser(hall);
  await write(partner, 'last', await stage.createConversation(user, partner));
  await expect.poll(() => texts(tab.received).at(-1)).toBe('last');
}

describe('news of messages', () => {
  it('reach everybody in the community, with each change', async () => {
    const [mine, theirs] = [stage.follow(author), stage.follow(reader)];
    const message = await write(author, 'hello');
    const changed = await stage.chat.messages.update(author, message.id, 'hello all');
    await stage.chat.messages.remove(author, message.id);
    const told = [
      { type: 'created', message },
      { type: 'changed', message: changed },
      { type: 'removed', target, messageId: message.id },
    ];
    await expect.poll(() => mine.received).toEqual(told);
    await expect.poll(() => theirs.received).toEqual(told);
    await Promise.all([mine.close(), theirs.close()]);
  });

  it('reach nobody in another community or outside the conversation', async () => {
    const stranger = await stage.createUser(await stage.createHall());
    const [outside, between] = [stage.follow(stranger), stage.follow(reader)];
    await write(author, 'for all');
    await write(author, 'for two', await stage.createConversation(author, await stage.createUser(hall)));
    await hearsLast(reader, between);
    expect(texts(between.received)).toEqual(['for all', 'last']);
    await hearsLast(stranger, outside);
    expect(texts(outside.received)).toEqual(['last']);
    await Promise.all([outside.close(), between.close()]);
  });

  it('no longer reach somebody who was removed from the community', async () => {
    const tab = stage.follow(reader);
    await write(author, 'before');
    await expect.poll(() => texts(tab.received)).toEqual(['before']);
    await stage.kick(reader, hall);
    const { id } = await write(author, 'after');
    await stage.chat.messages.update(author, id, 'changed after');
    await stage.chat.messages.remove(author, id);
    await hearsLast(reader, tab);
    expect(texts(tab.received)).toEqual(['before', 'last']);
    await tab.close();
  });

  it('no longer reach somebody who has left the conversation', async () => {
    const third = await stage.createUser(hall);
    const conversation = await stage.createConversation(author, reader, third);
    const tab = stage.follow(reader);
    await write(author, 'before', conversation);
    await stage.chat.conversations.leave(reader, conversation.conversationId);
    await write(author, 'after', conversation);
    await hearsLast(reader, tab);
    expect(texts(tab.received)).toEqual(['before', 'conversation', 'last']);
    await tab.close();
  });

  it('reach somebody who joins while listening', async () => {
    const newcomer = await stage.createUser(null);
    const tab = stage.follow(newcomer);
    await write(author, 'before');
    await stage.join(newcomer, hall);
    await write(author, 'welcome');
    await expect.poll(() => texts(tab.received)).toEqual(['welcome']);
    await tab.close();
  });

  it('read memberships from the database once, not for each message', async () => {
    let queries = 0;
    const counting = stage.db.$extends({
      query: {
        $allModels: {
          $allOperations({ args, query }) {
            queries += 1;
            return query(args);
          },
        },
      },
    });
    // An extended client does everything a plain one does.
    const feed = createChatFeed({ ...stage, db: counting as unknown as PrismaClient });
    const stop = new AbortController();
    let heard = 0;
    const finished = (async () => {
      for await (const event of feed.events(reader, stop.signal)) heard += event.type === 'created' ? 1 : 0;
    })();
    for (let i = 0; i < 15; i++) await write(author, `${i}`);
    await expect.poll(() => heard).toBe(15);
    expect(queries).toBe(1);
    await stage.communityNews.changed(hall.id);
    await write(author, 'one more');
    await expect.poll(() => heard).toBe(16);
    expect(queries).toBe(2);
    stop.abort();
    await finished;
  });

  it('end with the signal, also when it was aborted before', async () => {
    await expect(stage.chat.feed.events(reader, AbortSignal.abort()).next()).resolves.toEqual({
      done: true,
      value: undefined,
    });
    await stage.follow(reader).close();
  });
});

describe('a clip in a message', () => {
  const share = (clipId: string) => stage.chat.messages.create(author, { target, text: 'look', clipId });
  const clips = (received: readonly MessageEvent[]) =>
    received.flatMap((event) => (event.type === 'changed' ? [event.message.clip] : []));
  const present = (clip: object) => ({ state: 'present', clip });

  it('is announced when it is renamed, removed and brought back', async () => {
    const clipId = await stage.createClip(author);
    await share(clipId);
    const tab = stage.follow(reader);
    await stage.clips.update(author.id, clipId, { title: 'The goal' });
    await stage.clips.remove(author.id, clipId);
    await expect.poll(() => clips(tab.received)).toMatchObject([{}, { state: 'removed' }]);
    await stage.clips.restore(author.id, [clipId]);
    const named = present({ id: clipId, title: 'The goal', status: 'READY' });
    await expect.poll(() => clips(tab.received).slice(1)).toMatchObject([{ state: 'removed' }, named]);
    await tab.close();
  });

  it('is announced when it becomes ready or fails, but not for its progress', async () => {
    const clipId = await stage.createBareClip(author);
    await share(clipId);
    const tab = stage.follow(reader);
    for (let i = 0; i <= 20; i++) await stage.feed.report(clipId, 'WRITING', i / 20);
    await stage.db.replayClip.update({
      where: { id: clipId },
      data: { status: 'FAILED', errorCode: 'CONCATENATION_FAILED' },
    });
    await stage.feed.announce(clipId);
    await expect.poll(() => clips(tab.received).at(-1)).toMatchObject(present({ status: 'FAILED' }));
    await hearsLast(reader, tab);
    // The first state is always announced, since readers may know an older one.
    expect(clips(tab.received)).toMatchObject([
      present({ status: 'PROCESSING' }),
      present({ status: 'FAILED' }),
    ]);
    await tab.close();
  });

  it('is announced when it is removed with its row, before it was ever ready', async () => {
    const clipId = await stage.createBareClip(author);
    const { id } = await share(clipId);
    const tab = stage.follow(reader);
    await stage.clips.remove(author.id, clipId);
    await expect
      .poll(() => tab.received)
      .toMatchObject([{ type: 'changed', message: { id, clip: { state: 'removed' } } }]);
    await tab.close();
  });

  it('is announced in each place to its readers', async () => {
    const clipId = await stage.createClip(author);
    const conversation = await stage.createConversation(author, await stage.createUser(hall));
    await share(clipId);
    await stage.chat.messages.create(author, { target: conversation, text: '', clipId });
    const tab = stage.follow(reader);
    await stage.clips.update(author.id, clipId, { title: 'Other' });
    // A change of a clip is told when its messages have been read, which may be after a later message.
    await expect.poll(() => tab.received).toHaveLength(1);
    await hearsLast(reader, tab);
    expect(tab.received.slice(0, -1)).toMatchObject([{ type: 'changed', message: { target } }]);
    await tab.close();
  });

  it('is never announced in an older state after a newer one', async () => {
    const clipId = await stage.createBareClip(author);
    const tab = stage.follow(reader);
    const rename = async (title: string) => {
      const clip = await stage.db.replayClip.update({
        where: { id: clipId },
        data: { title },
        include: CLIP_INCLUDE,
      });
      const dto: ClipDto = await stage.feed.toDto(clip);
      stage.events.emit('clip', { userId: author.id, event: { type: 'changed', clip: dto } });
    };
    // The message is written and announced while its clip changes.
    await Promise.all([
      share(clipId),
      (async () => {
        for (let i = 0; i < 10; i++) await rename(`${i}`);
      })(),
    ]);
    const titlesHeard = () =>
      tab.received.flatMap((event) =>
        'message' in event && event.message.clip?.state === 'present' ? [event.message.clip.clip.title] : [],
      );
    await expect.poll(() => titlesHeard().at(-1)).toBe('9');
    await hearsLast(reader, tab);
    const titles = titlesHeard();
    expect(titles.filter((title) => title !== 'Bare')).toEqual(
      titles.filter((title) => title !== 'Bare').toSorted(),
    );
    expect(titles.at(-1)).toBe('9');
    await tab.close();
  });
});
