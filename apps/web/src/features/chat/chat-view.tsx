import { Text } from '@mantine/core';
import {
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
  type ReactNode,
  type Ref,
  type RefObject,
} from 'react';
import type { MessageDto, MessageTarget } from '@hindsight/shared/chat/message';
import { presentError } from '../../api/present-error.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { Composer } from './composer/composer.tsx';
import { MessageList, RowSkeletons } from './history/message-list.tsx';
import { PendingItem, type MessageHandlers } from './message/message-item.tsx';
import { oldestFirst } from './history/message-pages.ts';
import { toBlocks, toRows } from './history/message-rows.ts';
import classes from './chat-view.module.css';
import { stillPending } from './composer/outbox.slice.ts';
import { RemoveMessageDialog } from './message/remove-message-dialog.tsx';
import { targetKey } from './unread/message-target.ts';
import { useMessages } from './history/use-messages.ts';
import { useReadMark } from './history/use-read-mark.ts';
import { useOutbox, useSend } from './composer/use-send.ts';

interface ChatViewProps {
  target: MessageTarget;
  /** The name is the place's, as the composer says it: "#general", "bo". */
  name: string;
  me: { id: string; username: string };
  canWrite: boolean;
  /** The text stands in place of the composer. */
  cannotWrite: string;
  isModerator: boolean;
  /** The node stands above the oldest message. */
  start: ReactNode;
}

/**
 * The composer needs this of the history. The two are drawn apart, because each measuring of the composer's text costs
 * a layout.
 */
interface HistoryHandle {
  /**
   * Marks what is new as seen, because whoever writes has seen it.
   * @returns the newest message's id
   */
  answer: () => string | null;
  editLast: () => void;
}

/** Shows the messages of a text channel or conversation, and the composer. Pass the target's key as `key`. */
export function ChatView(props: ChatViewProps) {
  const { target, name, me, canWrite, cannotWrite } = props;
  const composer = useRef<HTMLTextAreaElement>(null);
  const history = useRef<HistoryHandle>(null);
  const { send } = useSend();
  return (
    <div className={classes.view}>
      <MessageHistory ref={history} {...props} composer={composer} />
      {canWrite ? (
        <Composer
          placeholder={`Write to ${name}`}
          draftKey={targetKey(target)}
          myUserId={me.id}
          onSend={(draft) =>
            send({ authorId: me.id, target, afterId: history.current?.answer() ?? null }, draft)
          }
          onEditLast={() => history.current?.editLast()}
          inputRef={composer}
        />
      ) : (
        <Text c="dimmed" className={classes.closed}>
          {cannotWrite}
        </Text>
      )}
    </div>
  );
}

function MessageHistory({
  target,
  name,
  me,
  canWrite,
  isModerator,
  start,
  composer,
  ref,
}: ChatViewProps & { composer: RefObject<HTMLTextAreaElement | null>; ref: Ref<HistoryHandle> }) {
  const query = useMessages(target);
  const messages = useMemo(() => query.data && oldestFirst(query.data), [query.data]);
  const [isAtEnd, setAtEnd] = useState(true);
  const [editingId, setEditingId] = useState<string | null>(null);
  const [removing, setRemoving] = useState<MessageDto | null>(null);
  const { retry, discard } = useSend();
  const outbox = useOutbox();
  const reading = useReadMark({ target, messages: messages ?? null, isAtEnd, myUserId: me.id });
  const { firstNewId, isNewBeyond, forgetNew } = reading;

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (isNewBeyond && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isNewBeyond, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const blocks = useMemo(
    () =>
      toBlocks(toRows(messages ?? [], firstNewId), query.data?.pages.map(({ items }) => items.length) ?? []),
    [messages, firstNewId, query.data],
  );
  const handlers = useMemo<MessageHandlers>(
    () => ({
      myUserId: me.id,
      canWrite,
      isModerator,
      editingId,
      onEdit: (message) => setEditingId(message.id),
      onEditEnd() {
        setEditingId(null);
        composer.current?.focus();
      },
      onRemove: setRemoving,
    }),
    [me.id, canWrite, isModerator, editingId, composer],
  );

  useImperativeHandle(
    ref,
    () => ({
      answer() {
        forgetNew();
        return messages?.at(-1)?.id ?? null;
      },
      editLast() {
        const last = messages?.findLast(({ author }) => author?.id === me.id);
        if (last !== undefined) setEditingId(last.id);
      },
    }),
    [forgetNew, messages, me.id],
  );

  if (messages === undefined)
    return query.error === null ? (
      <div className={classes.loading} aria-busy="true" aria-label="Loading messages">
        <RowSkeletons count={8} />
      </div>
    ) : (
      <ErrorState error={presentError(query.error)} onRetry={() => void query.refetch()} />
    );

  const pending = stillPending(outbox, target, messages, me.id);
  const newest = messages.at(-1);
  const isMyTurn = newest?.author?.id === me.id;

  return (
    <>
      <MessageList
        label={`Messages in ${name}`}
        blocks={blocks}
        handlers={handlers}
        hasOlder={hasNextPage}
        isLoading={isFetchingNextPage}
        onOlder={() => void fetchNextPage()}
        newestKey={pending.at(-1)?.key ?? newest?.id ?? null}
        isAtEnd={isAtEnd}
        onAtEnd={setAtEnd}
        start={start}
      >
        {pending.map((message, index) => (
          <PendingItem
            key={message.key}
            pending={message}
            username={me.username}
            isHead={index === 0 && !isMyTurn}
            onRetry={() => retry(message)}
            onDiscard={() => discard(message)}
          />
        ))}
      </MessageList>
      <Heard newest={newest} myUserId={me.id} />
      <RemoveMessageDialog message={removing} onClose={() => setRemoving(null)} />
    </>
  );
}

/** Reads new messages of others out to screen readers. Messages from before the page was opened are left out. */
function Heard({ newest, myUserId }: { newest: MessageDto | undefined; myUserId: string }) {
  const [firstId] = useState(newest?.id);
  const isNews = newest !== undefined && newest.id !== firstId && newest.author?.id !== myUserId;
  const words = isNews ? newest.text || 'shared a clip' : '';
  return (
    <div className="visually-hidden" role="log" aria-label="New messages">
      {isNews && `${newest.author?.username ?? ''}: ${words}`}
    </div>
  );
}
