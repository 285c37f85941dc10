import { Button, Group, Kbd, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect, useEffectEvent, useRef } from 'react';

const TEXT_FIELDS = 'input, textarea, [contenteditable]';

/** Shows in a notification what was done, and how to undo it. While it is shown, Ctrl+Z undoes it too. */
export function UndoNotice({
  id,
  message,
  onUndo,
}: {
  /** The id is the notification's, which closes at the undo. */
  id: string;
  message: string;
  onUndo: () => void;
}) {
  const own = useRef<HTMLDivElement>(null);

  function undo(): void {
    notifications.hide(id);
    onUndo();
  }

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    if (event.target instanceof Element && event.target.closest(TEXT_FIELDS)) return;
    // When several notices are shown, the newest is undone first.
    if ([...document.querySelectorAll('[data-undo-notice]')].at(-1) !== own.current) return;
    if (event.defaultPrevented) return;
    event.preventDefault();
    undo();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event);
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);

  return (
    <Group ref={own} data-undo-notice justify="space-between" gap="xs" wrap="nowrap">
      <Text inherit>{message}</Text>
      <Button
        size="compact-sm"
        variant="default"
        onClick={undo}
        rightSection={<Kbd size="xs">Ctrl Z</Kbd>}
        aria-keyshortcuts="Control+Z"
      >
        Undo
      </Button>
    </Group>
  );
}
