import { Button, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { memo } from 'react';
import type { MessageDto } from '@hindsight/shared/chat/message';
import { MINUTE } from '@hindsight/shared/units';
import { formatMoment } from '../../../format/format-date.ts';
import { formatDay, formatTimeOfDay } from '../../../format/format-day.ts';
import { PersonAvatar } from '../../../domain/people/person-avatar.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { MessageActions } from './message-actions.tsx';
import { MessageClip } from './message-clip.tsx';
import { MessageEditor } from './message-editor.tsx';
import classes from './message.module.css';
import { MessageText } from './message-text.tsx';
import type { PendingMessage } from '../composer/outbox.slice.ts';

const GONE = 'Deleted account';

/** These are the things that a reader may do with messages, the same for all of a list. */
export interface MessageHandlers {
  myUserId: string;
  canWrite: boolean;
  /** A moderator may remove what others wrote. */
  isModerator: boolean;
  editingId: string | null;
  onEdit: (message: MessageDto) => void;
  onEditEnd: () => void;
  onRemove: (message: MessageDto) => void;
}

/** Shows one message. The first of a group has the avatar and the name. */
export const MessageItem = memo(function MessageItem({
  message,
  isHead,
  isEditing,
  handlers,
}: {
  message: MessageDto;
  isHead: boolean;
  isEditing: boolean;
  handlers: MessageHandlers;
}) {
  const { author, createdAt, text, clip } = message;
  const name = author?.username ?? GONE;
  const time = formatTimeOfDay(createdAt);
  const isMine = author?.id === handlers.myUserId;
  return (
    <article className={classes.message} data-head={isHead || undefined} aria-label={`${name}, ${time}`}>
      <div className={classes.gutter}>
        {isHead ? (
          <PersonAvatar name={name} size={36} />
        ) : (
          <time dateTime={createdAt} className={classes.sideTime}>
            {time}
          </time>
        )}
      </div>
      <div className={classes.body}>
        {isHead && (
          <div className={classes.head}>
            <Text span fw={600} truncate c={author === null ? 'dimmed' : undefined}>
              {name}
            </Text>
            <time dateTime={createdAt} title={formatMoment(createdAt)} className={classes.time}>
              {time}
            </time>
          </div>
        )}
        {isEditing ? (
          <MessageEditor message={message} onDone={handlers.onEditEnd} />
        ) : (
          text !== '' && <MessageText text={text} isEdited={message.editedAt !== null} />
        )}
        {clip !== null && <MessageClip clip={clip} />}
      </div>
      {!isEditing && (
        <MessageActions
          message={message}
          label={`Actions for the message of ${name} at ${time}`}
          onEdit={isMine && handlers.canWrite ? () => handlers.onEdit(message) : null}
          onRemove={isMine || handlers.isModerator ? () => handlers.onRemove(message) : null}
        />
      )}
    </article>
  );
});

/** Shows a message that the server hasn't accepted yet, or has refused. */
export function PendingItem({
  pending,
  username,
  isHead,
  onRetry,
  onDiscard,
}: {
  pending: PendingMessage;
  username: string;
  isHead: boolean;
  onRetry: () => void;
  onDiscard: () => void;
}) {
  const { text, clip, error } = pending;
  return (
    <article
      className={classes.message}
      data-head={isHead || undefined}
      data-pending={error === null || undefined}
      aria-label={error === null ? 'Being sent' : 'Not sent'}
    >
      <div className={classes.gutter}>{isHead && <PersonAvatar name={username} size={36} />}</div>
      <div className={classes.body}>
        {isHead && (
          <div className={classes.head}>
            <Text span fw={600} truncate>
              {username}
            </Text>
          </div>
        )}
        {text !== '' && <MessageText text={text} isEdited={false} />}
        {clip !== null && (
          <Text size="xs" c="dimmed">
            Clip: {clip.title}
          </Text>
        )}
        {error !== null && (
          <div className={classes.failed} role="alert">
            <IconAlertTriangle size={16} aria-hidden />
            <span>
              Not sent. {error.text} {error.remedy}
            </span>
            <Button size="compact-xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
            <Button size="compact-xs" variant="subtle" color="red" onClick={onDiscard}>
              Discard
            </Button>
          </div>
        )}
      </div>
    </article>
  );
}

/** Draws the line above the first message of a day. */
export function DayLine({ dayMs }: { dayMs: number }) {
  // Today becomes yesterday at midnight.
  const day = formatDay(dayMs, useNow(MINUTE));
  return (
    <div className={classes.line} role="separator" aria-label={day}>
      <span>{day}</span>
    </div>
  );
}

/** Draws the line above the first new message. */
export function NewLine() {
  return (
    <div className={classes.line} data-new role="separator" aria-label="New messages">
      <span>New</span>
    </div>
  );
}
