import { Button, Group, Text, Textarea } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { MAX_MESSAGE_LENGTH, type MessageDto } from '@hindsight/shared/chat/message';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { isSendKey } from '../composer/send-key.ts';
import classes from './message.module.css';
import { useMessagePages } from '../history/use-message-events.ts';

/** Edits a message's text in place: Enter saves, Escape takes the change back. */
export function MessageEditor({ message, onDone }: { message: MessageDto; onDone: () => void }) {
  const applyToPages = useMessagePages();
  const input = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(message.text);
  const update = trpc.message.update.useMutation({
    onSuccess(changed) {
      applyToPages({ type: 'changed', message: changed });
      onDone();
    },
  });
  const trimmed = text.trim();
  const isValid = trimmed !== '' && trimmed.length <= MAX_MESSAGE_LENGTH;

  useEffect(() => {
    const element = input.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
    element?.scrollIntoView({ block: 'nearest' });
  }, []);

  function save(): void {
    if (!isValid || update.isPending) return;
    if (trimmed === message.text) onDone();
    else update.mutate({ messageId: message.id, text: trimmed });
  }

  return (
    <div className={classes.editor}>
      <Textarea
        ref={input}
        aria-label="Edit message"
        autosize
        minRows={1}
        maxRows={10}
        value={text}
        error={
          update.isError ? `${presentError(update.error).text} ${presentError(update.error).remedy}` : null
        }
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            onDone();
          } else if (isSendKey(event.nativeEvent)) {
            event.preventDefault();
            save();
          }
        }}
      />
      <Group gap="xs" mt={6}>
        <Button size="compact-sm" disabled={!isValid} loading={update.isPending} onClick={save}>
          Save
        </Button>
        <Button size="compact-sm" variant="default" onClick={onDone}>
          Cancel
        </Button>
        {trimmed === '' && (
          <Text size="xs" c="dimmed">
            To take it away, delete the message instead.
          </Text>
        )}
        {trimmed.length > MAX_MESSAGE_LENGTH && (
          <Text size="xs" c="var(--mantine-color-error)" className="tabular">
            {trimmed.length - MAX_MESSAGE_LENGTH} characters too long
          </Text>
        )}
      </Group>
    </div>
  );
}
