import type { Prisma } from '@hindsight/db/client';
import type { MessageDto, MessageTarget, SharedClip } from '@hindsight/shared/chat/message';
import { clipUrls } from '../clips/clip-urls.ts';

const PERSON = { select: { id: true, username: true } } satisfies Prisma.UserDefaultArgs;

/** Shared clips are loaded with these relations. */
export const SHARED_CLIP_INCLUDE = { user: PERSON } satisfies Prisma.ReplayClipInclude;
type SharedClipRow = Prisma.ReplayClipGetPayload<{ include: typeof SHARED_CLIP_INCLUDE }>;

/** Message rows are loaded with these relations. */
export const MESSAGE_INCLUDE = {
  author: PERSON,
  clip: { include: SHARED_CLIP_INCLUDE },
} satisfies Prisma.MessageInclude;
export type MessageRow = Prisma.MessageGetPayload<{ include: typeof MESSAGE_INCLUDE }>;

type TargetColumns = Pick<MessageRow, 'channelId' | 'conversationId'>;

/** Returns where a message was written. A database constraint makes sure that it is in exactly one place. */
export function targetOf({ channelId, conversationId }: TargetColumns): MessageTarget {
  if (channelId !== null) return { channelId };
  if (conversationId !== null) return { conversationId };
  throw new Error('a message is in a channel or in a conversation');
}

export function toSharedClip(row: SharedClipRow): SharedClip {
  const { videoUrl, posterUrl } = clipUrls(row);
  return {
    id: row.id,
    title: row.title,
    ownerId: row.user.id,
    ownerName: row.user.username,
    status: row.status,
    durationMs: row.durationMs,
    width: row.width,
    height: row.height,
    pressedAt: row.pressedAt.toISOString(),
    videoUrl,
    posterUrl,
  };
}

function toMessageClip({ hasClip, clip }: MessageRow): MessageDto['clip'] {
  if (!hasClip) return null;
  if (clip === null || clip.removedAt !== null) return { state: 'removed' };
  return { state: 'present', clip: toSharedClip(clip) };
}

/** Converts a row to what everybody who may read the message gets; it is the same for all. */
export function toMessageDto(row: MessageRow): MessageDto {
  return {
    id: row.id,
    target: targetOf(row),
    author: row.author,
    text: row.text,
    clip: toMessageClip(row),
    createdAt: row.createdAt.toISOString(),
    editedAt: row.editedAt?.toISOString() ?? null,
  };
}
