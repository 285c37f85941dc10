import type { ClipEvent } from '@hindsight/shared/clips/clip';
import type { MessageEvent } from '@hindsight/shared/chat/message';
import { Room, ParticipantInfo, ParticipantInfo_State, WebhookEvent } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChat, type Chat } from '../chat/chat.ts';
import { openChatStage, type ChatStage, type Hall } from '../chat/testing/stage.ts';
import { createClipFeed, type ClipFeed } from '../clips/clip-feed.ts';
import { createClips } from '../clips/clips.service.ts';
import { createAppEvents, type AppEvents } from '../events/events.ts';
import { createLog } from '../log.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { createPresence } from '../voice/presence.service.ts';
import { wireBuses } from './testing/wired-buses.ts';

/** Opens two servers on one database. `stage` is on the first, the other members are the second's. */
let stage: ChatStage;
let here: AppEvents;
let there: AppEvents;
let chatThere: Chat;
let feedThere: ClipFeed;
let hall: Hall;
let author: SignedInUser;
let reader: SignedInUser;

beforeAll(async () => {
  const { buses } = wireBuses(2);
  [here, there] = [createAppEvents(buses[0]), createAppEvents(buses[1])];
  stage = await openChatStage(here);
  const { db, access, reads } = stage;
  feedThere = createClipFeed({ db, events: there, canBeMade: async () => true });
  chatThere = createChat({ db, access, events: there, reads, log: createLog({ level: 'silent' }) });
  hall = await stage.createHall();
  author = await stage.createUser(hall);
  reader = await stage.createUser(hall);
});
afterAll(async () => {
  chatThere.close();
  feedThere.close();
  await stage.close();
});

/** Collects what somebody on the second server receives. */
function followThere(user: SignedInUser) {
  const end = new AbortController();
  const received: MessageEvent[] = [];
  const finished = (async () => {
    for await (const event of chatThere.feed.events(user, end.signal)) received.push(event);
  })();
  return {
    received,
    async close() {
      end.abort();
      await finished;
    },
  };
}

describe('messages', () => {
  it('reach the other server when they are written, changed and removed', async () => {
    const tab = followThere(reader);
    const target = { channelId: hall.channelId };
    const message = await stage.chat.messages.create(author, { target, text: 'é'.repeat(4000) });
    // The second server reads the message itself, so it has its state at that time.
    await expect.poll(() => tab.received).toEqual([{ type: 'created', message }]);
    const changed = await stage.chat.messages.update(author, message.id, 'shorter');
    await stage.chat.messages.remove(author, message.id);
    await expect.poll(() => tab.received.at(-1)).toEqual({ type: 'removed', target, messageId: message.id });
    expect(changed.text).toBe('shorter');
    await tab.close();
  });

  it('of a conversation only reach its people', async () => {
    const third = await stage.createUser(hall);
    const [tab, others] = [followThere(reader), followThere(third)];
    const target = await stage.createConversation(author, reader);
    const textsOf = ({ received }: typeof tab) =>
      received.map((event) => ('message' in event ? event.message.text : event.type));
    await stage.chat.messages.create(author, { target, text: 'for two' });
    // News keep their order within a place, not between places.
    await expect.poll(() => textsOf(tab)).toEqual(['for two']);
    const text = 'for all';
    await stage.chat.messages.create(author, { target: { channelId: hall.channelId }, text });
    await expect.poll(() => textsOf(tab)).toEqual(['for two', 'for all']);
    await expect.poll(() => textsOf(others)).toEqual(['for all']);
    await Promise.all([tab.close(), others.close()]);
  });

  it('that were read on one server are read in the tabs on the other, each after it arrived', async () => {
    const tab = followThere(reader);
    const target = { channelId: hall.channelId };
    const expected: MessageEvent[] = [];
    for (let number = 1; number <= 4; number++) {
      const message = await stage.chat.messages.create(author, { target, text: `news ${number}` });
      await stage.chat.unread.read(reader, target, message.id);
      expected.push({ type: 'created', message }, { type: 'read', target });
    }
    await expect.poll(() => tab.received).toEqual(expected);
    await tab.close();
  });
});

describe('clips', () => {
  it('show the progress and removal of clips that another server makes', async () => {
    const clipId = await stage.createBareClip(author, { status: 'PROCESSING' });
    const heard: ClipEvent[] = [];
    const stop = there.listen('clip', ({ event }) => heard.push(event));
    await stage.feed.report(clipId, 'WRITING', 0.5);
    await expect
      .poll(() => heard)
      .toMatchObject([{ type: 'changed', clip: { id: clipId, phase: 'WRITING', progress: 0.5 } }]);
    const clips = createClips({ ...stage, feed: feedThere });
    expect(await clips.get(author.id, clipId)).toMatchObject({ phase: 'WRITING', progress: 0.5 });

    await stage.clips.remove(author.id, clipId);
    await expect.poll(() => heard.at(-1)).toEqual({ type: 'removed', clipId });
    stop();
  });

  it('in messages are announced once, by the server on which they changed', async () => {
    const clipId = await stage.createClip(author);
    const target = { channelId: hall.channelId };
    await stage.chat.messages.create(author, { target, text: 'look', clipId });
    const tab = followThere(reader);
    await stage.clips.update(author.id, clipId, { title: 'Renamed' });
    const last = await stage.chat.messages.create(author, { target, text: 'last' });
    await expect.poll(() => tab.received.at(-1)).toEqual({ type: 'created', message: last });
    expect(tab.received.filter(({ type }) => type === 'changed')).toHaveLength(1);
    await tab.close();
  });
});

describe('presence', () => {
  it('is refreshed by every server when LiveKit tells one of them', async () => {
    let isThere = true;
    const person = new ParticipantInfo({
      sid: 'PA_1',
      identity: author.id,
      name: author.username,
      state: ParticipantInfo_State.ACTIVE,
    });
    const livekit = {
      rooms: async () => [new Room({ name: hall.voiceChannelId })],
      participants: async () => (isThere ? [person] : []),
    };
    const common = {
      db: stage.db,
      livekit,
      recordedIn: () => ({ sharers: new Set<string>(), voices: new Set<string>() }),
    };
    const [first, second] = [here, there].map((events) => createPresence({ ...common, events }));
    const webhook = (event: string) =>
      first?.onWebhook(
        Object.assign(new WebhookEvent(), {
          event,
          room: new Room({ name: hall.voiceChannelId }),
          participant: person,
        }),
      );
    const namesThere = async () =>
      (await second?.ofCommunity(hall.id))?.flatMap(({ participants }) =>
        participants.map(({ username }) => username),
      );
    await webhook('participant_joined');
    await expect.poll(namesThere).toEqual([author.username]);
    // LiveKit may still list a participant whose departure it has reported; the other server knows that too.
    await webhook('participant_left');
    await expect.poll(namesThere).toEqual([]);
    isThere = false;
    first?.close();
    second?.close();
  });
});
