import { Button, Checkbox, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatPressLength, parsePressLength } from '../../../format/press-length.ts';
import type { Press } from '../capture/use-capture.ts';

/** Asks for any length, and saves that much. */
export function AnotherLengthDialog({
  isOpen,
  windowMs,
  onSave,
  onClose,
}: {
  isOpen: boolean;
  windowMs: number;
  onSave: (press: Press) => void;
  onClose: () => void;
}) {
  const [text, setText] = useState('');
  const [startAfresh, setStartAfresh] = useState(false);
  const seconds = parsePressLength(text, windowMs);
  return (
    <Modal opened={isOpen} onClose={onClose} title="Save another length" size="sm">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (seconds === null) return;
          onSave({ seconds, startAfresh, pressedAt: event.timeStamp, via: 'button' });
          onClose();
        }}
      >
        <Stack gap="md">
          <TextInput
            data-autofocus
            label="Length"
            description={`Seconds, or minutes and seconds such as 1:30, up to ${formatPressLength(windowMs / 1000)}.`}
            value={text}
            error={text !== '' && seconds === null ? 'This is no such length' : null}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Checkbox
            label="Start afresh afterwards"
            description="The next clip then begins where this one ends."
            checked={startAfresh}
            onChange={(event) => setStartAfresh(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={seconds === null}>
              Save clip
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
