import type { InfiniteData } from '@tanstack/react-query';
import type { MessageDto, MessageList } from '@hindsight/shared/chat/message';

/** This is the loaded part of a history: pages from the newest back, and newest first in each. */
export type MessagePages = InfiniteData<MessageList, string | null>;

/** Returns all loaded messages in reading order, oldest first. */
export function oldestFirst(pages: Pick<MessagePages, 'pages'>): MessageDto[] {
  return pages.pages.flatMap(({ items }) => items).toReversed();
}

/**
 * Compares two messages by age. UUIDs of version 7 sort by age, which decides between messages of the same millisecond.
 */
function isOlder(one: MessageDto, other: MessageDto): boolean {
  return one.createdAt === other.createdAt ? one.id < other.id : one.createdAt < other.createdAt;
}

function mapItems(pages: MessagePages, change: (items: MessageDto[]) => MessageDto[]): MessagePages {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: change(page.items) })) };
}

/** Puts a message into the history at its place by age. A message that is there already gets its newest state. */
export function withMessage(pages: MessagePages, message: MessageDto): MessagePages {
  if (pages.pages.some(({ items }) => items.some(({ id }) => id === message.id)))
    return withChanged(pages, message);
  const [newest, ...older] = pages.pages;
  if (newest === undefined) return pages;
  const at = newest.items.findIndex((item) => isOlder(item, message));
  // The message is older than the whole page, so its own page brings it, unless there is none.
  if (at === -1 && newest.nextCursor !== null) return pages;
  const items = newest.items.toSpliced(at === -1 ? newest.items.length : at, 0, message);
  return { ...pages, pages: [{ ...newest, items }, ...older] };
}

/** Updates a message in the history. Nothing changes when it isn't loaded. */
export function withChanged(pages: MessagePages, message: MessageDto): MessagePages {
  return mapItems(pages, (items) => items.map((item) => (item.id === message.id ? message : item)));
}

export function withoutMessage(pages: MessagePages, messageId: string): MessagePages {
  return mapItems(pages, (items) => items.filter(({ id }) => id !== messageId));
}

/** Keeps only the newest page, because long histories are forgotten when nobody looks at them. */
export function newestPage(pages: MessagePages): MessagePages {
  return { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) };
}

/**
 * Brings the history up to date with a newest page that was asked for again. Where the two overlap nothing is lost;
 * when more was missed than a page holds, the history starts again from that page.
 */
export function caughtUp(pages: MessagePages, newest: MessageList): MessagePages {
  const oldestFresh = newest.items.at(-1);
  const freshIds = new Set(newest.items.map(({ id }) => id));
  const doMeet = pages.pages.some(({ items }) => items.some(({ id }) => freshIds.has(id)));
  if (oldestFresh === undefined || newest.nextCursor === null || !doMeet)
    return { pages: [newest], pageParams: [null] };
  const [first, ...older] = mapItems(pages, (items) =>
    items.filter((item) => isOlder(item, oldestFresh)),
  ).pages;
  if (first === undefined) return pages;
  return { ...pages, pages: [{ ...first, items: [...newest.items, ...first.items] }, ...older] };
}
