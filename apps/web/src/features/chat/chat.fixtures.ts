import type { MessageDto, MessageList, SharedClip } from '@hindsight/shared/chat/message';
import { MINUTE, SECOND } from '@hindsight/shared/units';

export const CHANNEL = { channelId: '0199a000-0000-7000-8000-000000000001' };
export const ME = { id: 'me', username: 'ada' };
export const BO = { id: 'bo', username: 'bo' };

const START = Date.parse('2026-11-21T10:00:00.000Z');

/** Returns the n-th message of a channel, by default from bo; messages are a minute apart. */
export function message(n: number, changes: Partial<MessageDto> = {}): MessageDto {
  return {
    id: `m${String(n).padStart(5, '0')}`,
    target: CHANNEL,
    author: BO,
    text: `message ${n}`,
    clip: null,
    createdAt: new Date(START + n * MINUTE).toISOString(),
    editedAt: null,
    ...changes,
  };
}

/** Returns a page with the messages from `newest` down to `oldest`. */
export function page(newest: number, oldest: number, nextCursor: string | null = null): MessageList {
  const items = Array.from({ length: newest - oldest + 1 }, (_, index) => message(newest - index));
  return { items, nextCursor };
}

export function sharedClip(changes: Partial<SharedClip> = {}): SharedClip {
  const id = changes.id ?? '0199a000-0000-7000-8000-00000000c11b';
  return {
    id,
    title: 'Photo finish',
    ownerId: BO.id,
    ownerName: BO.username,
    status: 'READY',
    durationMs: 134 * SECOND,
    width: 1280,
    height: 720,
    pressedAt: new Date(START).toISOString(),
    videoUrl: `/api/clips/${id}/video`,
    posterUrl: `/api/clips/${id}/poster.jpg`,
    ...changes,
  };
}
