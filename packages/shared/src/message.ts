import { z } from 'zod';
import { clipStatusSchema } from './clip.ts';
import { idSchema, isoTimeSchema } from './ids.ts';
import { textSchema } from './text.ts';

/** Where messages are written: a text channel, or a conversation of direct messages. */
export const messageTargetSchema = z.union([
  z.strictObject({ channelId: idSchema }),
  z.strictObject({ conversationId: idSchema }),
]);
export type MessageTarget = z.infer<typeof messageTargetSchema>;

export const MAX_MESSAGE_LENGTH = 4000;
const messageTextSchema = textSchema({ max: MAX_MESSAGE_LENGTH });

/** A clip as those see it whom it was shared with. */
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
  /** Paths on our origin; null until READY. */
  videoUrl: z.string().nullable(),
  posterUrl: z.string().nullable(),
});
export type SharedClip = z.infer<typeof sharedClipSchema>;

export const messageClipSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('present'), clip: sharedClipSchema }),
  z.object({ state: z.literal('removed') }),
]);
export type MessageClip = z.infer<typeof messageClipSchema>;

export const messageSchema = z.object({
  id: idSchema,
  target: messageTargetSchema,
  /** Null when the account is gone. */
  author: z.object({ id: idSchema, username: z.string() }).nullable(),
  text: z.string(),
  /** Null when the message never had a clip. */
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

/** A page of a history, from the newest back. */
export const messageListInput = z.object({
  target: messageTargetSchema,
  /** The `nextCursor` of the page before: older messages follow. */
  cursor: z.string().max(200).optional(),
  limit: z.number().int().min(1).max(100).default(50),
});
export type MessageListInput = z.infer<typeof messageListInput>;

export const messageListSchema = z.object({
  /** Newest first. */
  items: z.array(messageSchema),
  nextCursor: z.string().nullable(),
});
export type MessageList = z.infer<typeof messageListSchema>;

/** Marks everything up to a message as read. */
export const messageReadInput = z.object({ target: messageTargetSchema, messageId: idSchema });

/** Where the caller has unread messages of others, `count` at most 100. */
export const unreadSchema = z.array(
  z.object({ target: messageTargetSchema, count: z.number().int(), lastMessageAt: isoTimeSchema }),
);
export type Unread = z.infer<typeof unreadSchema>;

export const personSchema = z.object({ id: idSchema, username: z.string() });
export type Person = z.infer<typeof personSchema>;

export const conversationSchema = z.object({
  id: idSchema,
  /** Everybody in it but the caller. */
  others: z.array(personSchema),
  lastMessage: messageSchema.nullable(),
  createdAt: isoTimeSchema,
});
export type ConversationDto = z.infer<typeof conversationSchema>;

export const conversationInput = z.object({ conversationId: idSchema });

export const MAX_CONVERSATION_MEMBERS = 10;
/** With one other person it opens the conversation that there is, or makes it. */
export const conversationCreateInput = z.object({
  userIds: z
    .array(idSchema)
    .min(1)
    .max(MAX_CONVERSATION_MEMBERS - 1),
});

/** People whom the caller may write to: those who share a community with them. */
export const peopleInput = z.object({
  search: textSchema({ max: 32 }).default(''),
});

/** Shares a clip that exists. */
export const clipShareInput = z.object({
  clipId: idSchema,
  target: messageTargetSchema,
  text: messageTextSchema.default(''),
});
export type ClipShareInput = z.infer<typeof clipShareInput>;

export const messageEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('created'), message: messageSchema }),
  /** Its text, or the state of its clip. */
  z.object({ type: z.literal('changed'), message: messageSchema }),
  z.object({ type: z.literal('removed'), target: messageTargetSchema, messageId: idSchema }),
  /** The caller has read there, in whichever tab. */
  z.object({ type: z.literal('read'), target: messageTargetSchema }),
  /** A conversation of the caller's is new, or its members have changed; the caller may be the one who left. */
  z.object({ type: z.literal('conversation'), conversationId: idSchema }),
]);
export type MessageEvent = z.infer<typeof messageEventSchema>;
