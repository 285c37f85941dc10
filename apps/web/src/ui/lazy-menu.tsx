import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { IconButton } from './icon-button.tsx';

interface LazyMenuProps {
  label: string;
  width: number;
  className?: string | undefined;
  /** The value is false when an item moves the focus elsewhere: the menu must not take it back. */
  returnFocus?: boolean;
  /** Makes the items of the menu. */
  children: () => ReactNode;
}

/**
 * Shows a menu behind a button with dots. The menu is slow to make, so a plain button stands in for it until somebody
 * is at the button; long lists are then drawn faster. The plain button goes at once when a mouse comes or the focus is
 * moved to it, and at the end of a press, never within one: the press would be lost.
 */
export function LazyMenu({ label, width, className, returnFocus = true, children }: LazyMenuProps) {
  const [reason, setReason] = useState<'mouse' | 'focus' | 'press' | null>(null);
  if (reason !== null)
    return (
      <Menu position="bottom-end" width={width} returnFocus={returnFocus} defaultOpened={reason === 'press'}>
        <Menu.Target>
          <IconButton label={label} size="md" className={className} autoFocus={reason === 'focus'}>
            <IconDots size={18} />
          </IconButton>
        </Menu.Target>
        <Menu.Dropdown>{children()}</Menu.Dropdown>
      </Menu>
    );
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="md"
      className={className}
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={({ pointerType }) => {
        if (pointerType === 'mouse') flushSync(() => setReason('mouse'));
      }}
      onFocus={({ currentTarget }) => {
        // A press moves the focus too.
        if (currentTarget.matches(':focus-visible')) setReason('focus');
      }}
      onClick={() => setReason('press')}
    >
      <IconDots size={18} />
    </ActionIcon>
  );
}
