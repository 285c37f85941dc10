import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './setting-row.module.css';

/** Groups settings that belong together, one beneath another. */
export function SettingGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.group} role="group" aria-label={label}>
      {children}
    </div>
  );
}

/** Shows one setting: its name, a sentence about it, and its control. */
export function SettingRow({
  name,
  hint,
  hintId,
  isDimmed = false,
  isStacked = false,
  children,
}: {
  name: string;
  hint?: ReactNode;
  /** The id is for the control's `aria-describedby`. */
  hintId?: string;
  /** When true, this person can't change the setting. */
  isDimmed?: boolean;
  /** When true, the control is wide and stands under the words on phones. */
  isStacked?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={classes.row} data-dimmed={isDimmed || undefined} data-stacked={isStacked || undefined}>
      <div className={classes.words}>
        <Text fw={550} className={classes.name}>
          {name}
        </Text>
        {hint !== undefined && (
          <Text size="xs" c="dimmed" id={hintId}>
            {hint}
          </Text>
        )}
      </div>
      <div className={classes.control}>{children}</div>
    </div>
  );
}
