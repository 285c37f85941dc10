import { randomUUID } from 'node:crypto';
import type { Prisma } from '@hindsight/db/client';
import type { MessageEvent, MessageTarget } from '@hindsight/shared/chat/message';
import { messageEventSchema } from '@hindsight/shared/chat/message';
import type { Action } from '@hindsight/shared/community/permissions';
import { openLibrary } from '../../capture/testing/clip-library.ts';
import { createAccess } from '../../access/access.service.ts';
import { createCommunityNews } from '../../communities/community-news.ts';
import { createAppEvents } from '../../events/events.ts';
import { createLog } from '../../log.ts';
import type { SignedInUser } from '../../trpc/trpc.ts';
import { createChat } from '../chat.ts';

export type ChatStage = Awaited<ReturnType<typeof openChatStage>>;

/** A hall is a community with a text channel and a voice channel. */
export interface Hall {
  id: string;
  channelId: string;
  voiceChannelId: string;
}

/** Sets up the chat feature with clips, on a real database and a real folder. */
export async function openChatStage(events = createAppEvents()) {
  const library = await openLibrary({ events });
  const { db, reads } = library;
  const access = createAccess({ db });
  const chat = createChat({ db, access, events, reads, log: createLog({ level: 'silent' }) });
  const communityNews = createCommunityNews({ db, events });

  async function createHall(): Promise<Hall> {
    const { id } = await db.community.create({ data: { name: 'Home' } });
    const channel = async (kind: 'TEXT' | 'VOICE') =>
      (await db.channel.create({ data: { communityId: id, name: kind, kind } })).id;
    return { id, channelId: await channel('TEXT'), voiceChannelId: await channel('VOICE') };
  }

  async function join(user: SignedInUser, hall: Hall, actions: Action[] = ['SEND_MESSAGES']): Promise<void> {
    await db.communityMember.create({ data: { communityId: hall.id, userId: user.id } });
    const role = await db.role.create({ data: { communityId: hall.id, name: randomUUID(), actions } });
    await db.memberRole.create({ data: { communityId: hall.id, userId: user.id, roleId: role.id } });
    await communityNews.changed(hall.id);
  }

  async function createUser(hall: Hall | null, actions?: Action[]): Promise<SignedInUser> {
    const username = `u${randomUUID().slice(0, 8)}`;
    const { id } = await db.user.create({ data: { username, usernameKey: username, passwordHash: '-' } });
    const user = { id, username, isInstanceAdmin: false };
    if (hall !== null) await join(user, hall, actions);
    return user;
  }

  /** Removes a member, as leaving and being removed do. */
  async function kick(user: SignedInUser, hall: Hall): Promise<void> {
    await db.communityMember.deleteMany({ where: { communityId: hall.id, userId: user.id } });
    await communityNews.changed(hall.id, [user.id]);
  }

  return {
    ...library,
    access,
    chat,
    communityNews,
    createHall,
    join,
    createUser,
    kick,

    /** Makes a finished clip with its files, recorded in a hall of its own. */
    async createClip(user: SignedInUser): Promise<string> {
      const hall = await createHall();
      const { id } = await library.createReadyClip({
        user,
        communityId: hall.id,
        channelId: hall.voiceChannelId,
      });
      return id;
    },

    /** Makes a clip without files, in any state. */
    async createBareClip(
      user: SignedInUser,
      data: Partial<Prisma.ReplayClipUncheckedCreateInput> = {},
    ): Promise<string> {
      const now = new Date();
      const clip = { roomName: '-', title: 'Bare', fromAt: now, toAt: now, durationMs: 0 };
      return (await db.replayClip.create({ data: { ...clip, userId: user.id, ...data } })).id;
    },

    async createConversation(...users: readonly SignedInUser[]): Promise<{ conversationId: string }> {
      const members = { create: users.map(({ id: userId }) => ({ userId })) };
      const { id } = await db.conversation.create({ data: { members } });
      return { conversationId: id };
    },

    /** Adds many messages to a place, a millisecond apart, ending now. */
    async fill(target: MessageTarget, authorId: string, count: number): Promise<void> {
      const startMs = Date.now() - count;
      await db.message.createMany({
        data: Array.from({ length: count }, (_, index) => ({
          ...target,
          authorId,
          text: `${index}`,
          createdAt: new Date(startMs + index),
        })),
      });
    },

    /** Listens to somebody's news, as their page does. */
    follow(user: SignedInUser) {
      const controller = new AbortController();
      const received: MessageEvent[] = [];
      const finished = (async () => {
        for await (const event of chat.feed.events(user, controller.signal))
          received.push(messageEventSchema.parse(event));
      })();
      return {
        received,
        async close() {
          controller.abort();
          await finished;
        },
      };
    },

    async close() {
      chat.close();
      await library.close();
    },
  };
}
