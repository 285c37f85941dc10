import { CloseButton, Text, Textarea } from '@mantine/core';
import { IconMovie, IconSend2 } from '@tabler/icons-react';
import { useEffect, useState, type RefObject } from 'react';
import { MAX_MESSAGE_LENGTH } from '@hindsight/shared/chat/message';
import { formatClipLength } from '../../../format/format-length.ts';
import { IconButton } from '../../../ui/icon-button.tsx';
import { AttachClipDialog } from './attach-clip-dialog.tsx';
import classes from './composer.module.css';
import { EMPTY_DRAFT, loadDraft, saveDraft, type Draft } from './drafts.storage.ts';
import { isSendKey } from './send-key.ts';

/** The limit is shown only to people who come near it. */
const LIMIT_SHOWN_FROM = MAX_MESSAGE_LENGTH - 400;

/** Shows where a message is written. A draft is still there when the person comes back to the place. */
export function Composer({
  placeholder,
  draftKey,
  myUserId,
  onSend,
  onEditLast,
  inputRef: input,
}: {
  placeholder: string;
  draftKey: string;
  myUserId: string;
  onSend: (draft: Draft) => void;
  /** Edits the writer's newest message. */
  onEditLast: () => void;
  inputRef: RefObject<HTMLTextAreaElement | null>;
}) {
  const [draft, setDraft] = useState(() => loadDraft(myUserId, draftKey));
  const [isAttaching, setAttaching] = useState(false);
  const { text, clip } = draft;
  const length = text.trim().length;
  const canSend = (length > 0 || clip !== null) && length <= MAX_MESSAGE_LENGTH;

  useEffect(() => saveDraft(myUserId, draftKey, draft), [myUserId, draftKey, draft]);
  useEffect(() => {
    // On a touch screen the keyboard would cover the messages.
    if (matchMedia('(hover: hover)').matches) input.current?.focus({ preventScroll: true });
  }, [input]);

  function send(): void {
    if (!canSend) return;
    onSend(draft);
    setDraft(EMPTY_DRAFT);
    input.current?.focus();
  }

  return (
    <form
      className={classes.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {clip !== null && (
        <div className={classes.attached}>
          {clip.posterUrl !== null && <img src={clip.posterUrl} alt="" />}
          <Text span truncate fw={600}>
            {clip.title}
          </Text>
          <Text span size="xs" c="dimmed" className="tabular">
            {formatClipLength(clip.durationMs)}
          </Text>
          <CloseButton
            size="sm"
            ml="auto"
            aria-label={`Take ${clip.title} off the message`}
            onClick={() => setDraft({ ...draft, clip: null })}
          />
        </div>
      )}
      <div className={classes.row}>
        <IconButton
          label="Attach a clip"
          size={36}
          className={classes.button}
          onClick={() => setAttaching(true)}
        >
          <IconMovie size={20} />
        </IconButton>
        <Textarea
          ref={input}
          className={classes.input}
          classNames={{ input: classes.text }}
          variant="unstyled"
          aria-label={placeholder}
          placeholder={placeholder}
          autosize
          minRows={1}
          maxRows={8}
          value={text}
          onChange={(event) => setDraft({ ...draft, text: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (isSendKey(event.nativeEvent)) {
              event.preventDefault();
              send();
            } else if (event.key === 'ArrowUp' && text === '') {
              event.preventDefault();
              onEditLast();
            }
          }}
        />
        <IconButton
          label="Send"
          shortcut="Enter"
          type="submit"
          size={36}
          className={classes.button}
          variant={canSend ? 'filled' : 'subtle'}
          color={canSend ? 'teal' : 'gray'}
          disabled={!canSend}
        >
          <IconSend2 size={20} />
        </IconButton>
      </div>
      {length >= LIMIT_SHOWN_FROM && (
        <Text
          size="xs"
          ta="right"
          px="xs"
          pb={4}
          className="tabular"
          role="status"
          c={length > MAX_MESSAGE_LENGTH ? 'var(--mantine-color-error)' : 'dimmed'}
        >
          {length > MAX_MESSAGE_LENGTH
            ? `${length - MAX_MESSAGE_LENGTH} characters too long`
            : `${MAX_MESSAGE_LENGTH - length} characters left`}
        </Text>
      )}
      <AttachClipDialog
        isOpen={isAttaching}
        onClose={() => setAttaching(false)}
        onPick={(picked) => {
          setDraft({ ...draft, clip: picked });
          setAttaching(false);
        }}
      />
    </form>
  );
}
