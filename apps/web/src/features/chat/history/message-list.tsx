import { Button, Skeleton } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { MessageRow, RowBlock } from './message-rows.ts';
import { DayLine, MessageItem, NewLine, type MessageHandlers } from '../message/message-item.tsx';
import classes from './message-list.module.css';

/** Blocks farther out of view than this are left out, so that a long history puts few messages into the page. */
const KEPT_AROUND = '1500px 0px';
/** Older messages are asked for this long before the person scrolls to them. */
const ASKED_AHEAD = '800px 0px';
/** A list counts as being at its end when it is nearer to it than this. */
const AT_END_PX = 48;

/**
 * Shows a scrolling list that holds on to its end. Its origin is the bottom: what is added above moves nothing, and
 * what is added below is followed only when the list is at its end.
 */
export function MessageList({
  label,
  blocks,
  handlers,
  hasOlder,
  isLoading,
  onOlder,
  newestKey,
  isAtEnd,
  onAtEnd,
  start,
  children,
}: {
  label: string;
  blocks: RowBlock[];
  handlers: MessageHandlers;
  hasOlder: boolean;
  isLoading: boolean;
  onOlder: () => void;
  /** The key changes with the last entry. */
  newestKey: string | null;
  isAtEnd: boolean;
  onAtEnd: (isAtEnd: boolean) => void;
  /** The node stands above the oldest message. */
  start: ReactNode;
  /** The children stand beneath the newest message. */
  children: ReactNode;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const older = useRef<HTMLDivElement>(null);
  const askOlder = useEffectEvent(onOlder);

  useEffect(() => {
    const element = older.current;
    if (!hasOlder || isLoading || element === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) askOlder();
      },
      { root: scroller.current, rootMargin: ASKED_AHEAD },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [hasOlder, isLoading]);

  // Browsers without scroll anchoring would move the text up under the reader with each new message.
  const height = useRef(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const grown = element.scrollHeight - height.current;
    height.current = element.scrollHeight;
    if (!isAtEnd && grown > 0 && !CSS.supports('overflow-anchor', 'auto')) element.scrollTop -= grown;
    // oxlint-disable-next-line react/exhaustive-deps
  }, [newestKey]);

  return (
    <div className={classes.frame}>
      <div
        ref={scroller}
        className={classes.scroller}
        role="region"
        data-scroller
        aria-label={label}
        tabIndex={0}
        onScroll={({ currentTarget }) => onAtEnd(-currentTarget.scrollTop < AT_END_PX)}
      >
        <div className={classes.content}>
          {hasOlder ? (
            <div ref={older} aria-hidden className={classes.older}>
              <RowSkeletons count={3} />
            </div>
          ) : (
            start
          )}
          {blocks.map((block) => (
            <MessageBlock key={block.key} rows={block.rows} handlers={handlers} />
          ))}
          {children}
        </div>
      </div>
      {!isAtEnd && (
        <Button
          className={classes.jump}
          size="compact-md"
          variant="default"
          leftSection={<IconArrowDown size={16} aria-hidden />}
          onClick={() => scroller.current?.scrollTo({ top: 0 })}
        >
          Jump to newest
        </Button>
      )}
    </div>
  );
}

/** Shows some rows, or a space of their height while they are far out of view. */
function MessageBlock({ rows, handlers }: { rows: MessageRow[]; handlers: MessageHandlers }) {
  const element = useRef<HTMLDivElement>(null);
  const [heightWhenFar, setHeightWhenFar] = useState<number | null>(null);
  useEffect(() => {
    if (element.current === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        const last = entries.at(-1);
        if (last === undefined) return;
        setHeightWhenFar(last.isIntersecting ? null : last.boundingClientRect.height);
      },
      { root: element.current.closest('[data-scroller]'), rootMargin: KEPT_AROUND },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);

  const isEdited = rows.some(({ message }) => message.id === handlers.editingId);
  const isLeftOut = heightWhenFar !== null && !isEdited;
  return (
    <div ref={element} style={isLeftOut ? { blockSize: heightWhenFar } : undefined}>
      {!isLeftOut &&
        rows.map(({ message, day, isHead, isFirstNew }) => (
          <div key={message.id}>
            {day !== null && <DayLine dayMs={day} />}
            {isFirstNew && <NewLine />}
            <MessageItem
              message={message}
              isHead={isHead}
              isEditing={message.id === handlers.editingId}
              handlers={handlers}
            />
          </div>
        ))}
    </div>
  );
}

/** Holds the place of messages that are on their way. */
export function RowSkeletons({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => (
    <div key={index} className={classes.skeletonRow}>
      <Skeleton h={36} w={36} circle />
      <div className={classes.skeletonText}>
        <Skeleton h={12} w={120} />
        <Skeleton h={12} w={`${70 - (index % 3) * 15}%`} />
      </div>
    </div>
  ));
}
