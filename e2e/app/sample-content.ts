import type { Page } from '@playwright/test';
import type { ClipLinkDto, ClipList } from '@hindsight/shared/clips/clip';
import type { ChannelDto, CommunityDto } from '@hindsight/shared/community/community';
import type { InviteDto } from '@hindsight/shared/community/invite';
import type { ConversationDto, MessageTarget } from '@hindsight/shared/chat/message';
import type { AuthStatus } from '@hindsight/shared/account/user';
import type { Person } from './person.ts';

/** These are the ids and paths of the sample content. */
export interface SamplePaths {
  communityId: string;
  textChannelPath: string;
  conversationPath: string;
  clipPath: string;
  publicPath: string;
  invitePath: string;
}

/**
 * Adds content to every page: a text channel and a conversation with messages and a clip in them, an invite, and a public link.
 * The owner, an admin of the community, must already have a clip.
 */
export async function addSampleContent(owner: Person, friend: Person): Promise<SamplePaths> {
  const [community] = await query<CommunityDto[]>(owner.page, 'community.list');
  const { items } = await query<ClipList>(owner.page, 'clip.list', {});
  const { user } = await query<AuthStatus>(friend.page, 'auth.status');
  const [clip] = items;
  if (community === undefined || clip === undefined || user === null)
    throw new Error('the owner needs a community and a clip, the friend an account');
  const { id: communityId } = community;
  const channel = await mutate<ChannelDto>(owner.page, 'channel.create', {
    communityId,
    name: 'highlights',
    kind: 'TEXT',
  });
  const conversation = await mutate<ConversationDto>(owner.page, 'dm.create', { userIds: [user.id] });
  const places: MessageTarget[] = [{ channelId: channel.id }, { conversationId: conversation.id }];
  for (const target of places) {
    await mutate(friend.page, 'message.create', { target, text: 'Did anybody get that last lap?' });
    await mutate(owner.page, 'message.create', { target, text: 'I was not even recording. But:' });
    await mutate(owner.page, 'clip.share', { clipId: clip.id, target, text: 'Watch the last corner.' });
    await mutate(friend.page, 'message.create', { target, text: 'How did we not crash' });
  }
  const link = await mutate<ClipLinkDto>(owner.page, 'clip.link.create', {
    clipId: clip.id,
    expiresInHours: 24,
  });
  const invite = await mutate<InviteDto>(owner.page, 'invite.create', {
    communityId,
    expiresInHours: 24,
    maxUses: 10,
  });
  return {
    communityId,
    textChannelPath: `/c/${communityId}/${channel.id}`,
    conversationPath: `/dm/${conversation.id}`,
    clipPath: `/clips/${clip.id}`,
    publicPath: link.path,
    invitePath: `/invite/${invite.code}`,
  };
}

/** Queries the API as the person whose page this is. */
function query<T>(page: Page, path: string, input?: unknown): Promise<T> {
  const search = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
  return call<T>(page, `/api/trpc/${path}${search}`, { method: 'GET' });
}

function mutate<T = unknown>(page: Page, path: string, input: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return call<T>(page, `/api/trpc/${path}`, { method: 'POST', headers, body: JSON.stringify(input) });
}

interface Request {
  method: string;
  headers?: Record<string, string>;
  body?: string;
}

async function call<T>(page: Page, url: string, init: Request): Promise<T> {
  const text = await page.evaluate<string, [string, Request]>(
    async ([to, how]) => (await fetch(to, how)).text(),
    [url, init],
  );
  const body = JSON.parse(text) as { result?: { data: T } };
  if (body.result === undefined) throw new Error(`${url}: ${text}`);
  return body.result.data;
}
