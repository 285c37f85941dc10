import type { MessageDto } from '@hindsight/shared/chat/message';
import { MINUTE } from '@hindsight/shared/units';

/** A row is one message and how it is shown among the others. */
export interface MessageRow {
  message: MessageDto;
  /** The day is the message's time in epoch ms when it is the first of its day, else null. */
  day: number | null;
  /** The head is the first of a person's messages in a row; it carries the name. */
  isHead: boolean;
  /** This is the first message that is new to the reader. */
  isFirstNew: boolean;
}

/** A longer pause than this begins a new group, so that the shown time is near. */
const GROUP_PAUSE_MS = 5 * MINUTE;
const BLOCK_LENGTH = 25;

function isSameDay(one: Date, other: Date): boolean {
  return (
    one.getDate() === other.getDate() &&
    one.getMonth() === other.getMonth() &&
    one.getFullYear() === other.getFullYear()
  );
}

/** Turns messages, oldest first, into rows. Days are those of the reader's time zone. */
export function toRows(messages: readonly MessageDto[], firstNewId: string | null): MessageRow[] {
  let previous: MessageDto | null = null;
  return messages.map((message) => {
    const at = new Date(message.createdAt);
    const before = previous;
    previous = message;
    const isNewDay = before === null || !isSameDay(new Date(before.createdAt), at);
    const isFirstNew = message.id === firstNewId;
    const isHead =
      isNewDay ||
      isFirstNew ||
      before.author?.id !== message.author?.id ||
      at.getTime() - new Date(before.createdAt).getTime() > GROUP_PAUSE_MS;
    return { message, day: isNewDay ? at.getTime() : null, isHead, isFirstNew };
  });
}

/** The rows of a block are shown or left out together. */
export interface RowBlock {
  key: string;
  rows: MessageRow[];
}

/**
 * Cuts rows into blocks that stay the same while messages are added at either end: a page never changes where the next
 * one began, so each is cut from its oldest message on.
 * @param pageLengths messages in each loaded page, from the newest page back
 */
export function toBlocks(rows: readonly MessageRow[], pageLengths: readonly number[]): RowBlock[] {
  const blocks: RowBlock[] = [];
  let start = 0;
  for (const length of pageLengths.toReversed()) {
    const end = start + length;
    for (let at = start; at < end; at += BLOCK_LENGTH) {
      const block = rows.slice(at, Math.min(end, at + BLOCK_LENGTH));
      const first = block[0];
      if (first !== undefined) blocks.push({ key: first.message.id, rows: block });
    }
    start = end;
  }
  return blocks;
}
