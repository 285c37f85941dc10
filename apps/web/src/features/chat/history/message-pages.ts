import type { InfiniteData } from '@tanstack/react-query';
import type { MessageDto, MessageList } from '@hindsight/shared/message';

/** The loaded part of a history: pages from the newest back, and newest first in each. */
export type MessagePages = InfiniteData<MessageList, string | null>;

/** All that is loaded, oldest first, as it is read. */
export function oldestFirst(pages: Pick<MessagePages, 'pages'>): MessageDto[] {
  return pages.pages.flatMap(({ items }) => items).toReversed();
}

/** UUIDs of version 7 sort by age, which decides between messages of one millisecond. */
function isOlder(one: MessageDto, other: MessageDto): boolean {
  return one.createdAt === other.createdAt ? one.id < other.id : one.createdAt < other.createdAt;
}

function mapItems(pages: MessagePages, change: (items: MessageDto[]) => MessageDto[]): MessagePages {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: change(page.items) })) };
}

/** The history with a message in its place by age; one that is there already takes its newest state. */
export function withMessage(pages: MessagePages, message: MessageDto): MessagePages {
  if (pages.pages.some(({ items }) => items.some(({ id }) => id === message.id)))
    return withChanged(pages, message);
  const [newest, ...older] = pages.pages;
  if (newest === undefined) return pages;
  const at = newest.items.findIndex((item) => isOlder(item, message));
  // Older than the whole page: its own page brings it, unless there is none.
  if (at === -1 && newest.nextCursor !== null) return pages;
  const items = newest.items.toSpliced(at === -1 ? newest.items.length : at, 0, message);
  return { ...pages, pages: [{ ...newest, items }, ...older] };
}

/** The history with a message's newest state; nothing when it isn't loaded. */
export function withChanged(pages: MessagePages, message: MessageDto): MessagePages {
  return mapItems(pages, (items) => items.map((item) => (item.id === message.id ? message : item)));
}

export function withoutMessage(pages: MessagePages, messageId: string): MessagePages {
  return mapItems(pages, (items) => items.filter(({ id }) => id !== messageId));
}

/** Just the newest page, as long histories are forgotten when nobody looks at them. */
export function newestPage(pages: MessagePages): MessagePages {
  return { pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) };
}

/**
 * The history brought up to date by a newest page that was asked for anew. Where the two meet nothing is lost; when more
 * was missed than a page holds, the history starts anew from that page.
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
