import { z } from 'zod';
import { clipStatusSchema } from '../clips/clip.ts';
import { cursorSchema, idSchema, isoTimeSchema } from '../ids.ts';
import { textSchema } from '../text.ts';

/** Messages are written to a target: a text channel, or a conversation of direct messages. */
export const messageTargetSchema = z.union([
  z.strictObject({ channelId: idSchema }),
  z.strictObject({ conversationId: idSchema }),
]);
export type MessageTarget = z.infer<typeof messageTargetSchema>;

export const MAX_MESSAGE_LENGTH = 4000;
const messageTextSchema = textSchema({ max: MAX_MESSAGE_LENGTH });

/** The people whom a clip was shared with see it like this. */
export const sharedClipSchema = z.object({
  id: idSchema,
  title: z.string(),
  ownerId: idSchema,
  ownerName: z.string(),
  status: clipStatusSchema,
  durationMs: z.number().int(),
  width: z.number().int().nullable(),
  height: z.number().int().nullable(),
  pressedAt: isoTimeSchema,
  /** These are paths on our origin, null until the clip is READY. */
  videoUrl: z.string().nullable(),
  posterUrl: z.string().nullable(),
});
export type SharedClip = z.infer<typeof sharedClipSchema>;

const messageClipSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('present'), clip: sharedClipSchema }),
  z.object({ state: z.literal('removed') }),
]);
export type MessageClip = z.infer<typeof messageClipSchema>;

export const messageSchema = z.object({
  id: idSchema,
  target: messageTargetSchema,
  /** The author is null when the account has been deleted. */
  author: z.object({ id: idSchema, username: z.string() }).nullable(),
  text: z.string(),
  /** The clip is null when the message never had one. */
  clip: messageClipSchema.nullable(),
  createdAt: isoTimeSchema,
  editedAt: isoTimeSchema.nullable(),
});
export type MessageDto = z.infer<typeof messageSchema>;

export const messageCreateInput = z
  .object({ target: messageTargetSchema, text: messageTextSchema.default(''), clipId: idSchema.optional() })
  .refine(({ text, clipId }) => text !== '' || clipId !== undefined, {
    message: 'needs a text or a clip',
    path: ['text'],
  });
export type MessageCreateInput = z.infer<typeof messageCreateInput>;

export const messageUpdateInput = z.object({
  messageId: idSchema,
  text: textSchema({ min: 1, max: MAX_MESSAGE_LENGTH }),
});
export const messageInput = z.object({ messageId: idSchema });

/** A page of a history starts at the newest message and goes back. */
export const messageListInput = z.object({
  target: messageTargetSchema,
  /** The cursor is the `nextCursor` of the previous page; older messages follow. */
  cursor: cursorSchema.optional(),
  limit: z.number().int().min(1).max(100).default(50),
});
export type MessageListInput = z.infer<typeof messageListInput>;

export const messageListSchema = z.object({
  /** The newest message comes first. */
  items: z.array(messageSchema),
  nextCursor: z.string().nullable(),
});
export type MessageList = z.infer<typeof messageListSchema>;

/** Everything up to this message is marked as read. */
export const messageReadInput = z.object({ target: messageTargetSchema, messageId: idSchema });

/** Each entry is a place where the caller has unread messages of others; `count` is at most 100. */
export const unreadSchema = z.array(
  z.object({ target: messageTargetSchema, count: z.number().int(), lastMessageAt: isoTimeSchema }),
);
export type Unread = z.infer<typeof unreadSchema>;

export const personSchema = z.object({ id: idSchema, username: z.string() });
export type Person = z.infer<typeof personSchema>;

export const conversationSchema = z.object({
  id: idSchema,
  /** The caller is not in this list. */
  others: z.array(personSchema),
  lastMessage: messageSchema.nullable(),
  createdAt: isoTimeSchema,
});
export type ConversationDto = z.infer<typeof conversationSchema>;

export const conversationInput = z.object({ conversationId: idSchema });

export const MAX_CONVERSATION_MEMBERS = 10;
/** For one other person, the existing conversation is returned if there is one; otherwise it is created. */
export const conversationCreateInput = z.object({
  userIds: z
    .array(idSchema)
    .min(1)
    .max(MAX_CONVERSATION_MEMBERS - 1),
});

/** The search covers the people whom the caller may write to: those who share a community with them. */
export const peopleInput = z.object({
  search: textSchema({ max: 32 }).default(''),
});

/** The clip to share must already exist. */
export const clipShareInput = z.object({
  clipId: idSchema,
  target: messageTargetSchema,
  text: messageTextSchema.default(''),
});

export const messageEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('created'), message: messageSchema }),
  /** The text of the message or the state of its clip has changed. */
  z.object({ type: z.literal('changed'), message: messageSchema }),
  z.object({ type: z.literal('removed'), target: messageTargetSchema, messageId: idSchema }),
  /** The caller has read the target's messages, in any tab. */
  z.object({ type: z.literal('read'), target: messageTargetSchema }),
  /** A conversation of the caller is new or its members have changed; the caller may be the one who left. */
  z.object({ type: z.literal('conversation'), conversationId: idSchema }),
]);
export type MessageEvent = z.infer<typeof messageEventSchema>;
