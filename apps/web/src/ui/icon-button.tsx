import { ActionIcon, Tooltip, type ActionIconProps } from '@mantine/core';
import type { ComponentPropsWithoutRef, ReactNode } from 'react';

interface IconButtonProps
  extends ActionIconProps, Omit<ComponentPropsWithoutRef<'button'>, keyof ActionIconProps> {
  /** Its accessible name, and its tooltip. */
  label: string;
  /** Shown in the tooltip only. */
  shortcut?: string;
  children: ReactNode;
}

/** A button that is only an icon, always with a name and a tooltip. */
export function IconButton({ label, shortcut, children, ...props }: IconButtonProps) {
  return (
    <Tooltip label={shortcut === undefined ? label : `${label} (${shortcut})`}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} {...props}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
