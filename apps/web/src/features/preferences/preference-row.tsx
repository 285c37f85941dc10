import { Text, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import classes from './preference-row.module.css';

/** Groups preferences that belong together. */
export function PreferenceSection({ title, children }: { title: string; children: ReactNode }) {
  const titleId = useId();
  return (
    <section className={classes.section} aria-labelledby={titleId}>
      <Title order={2} id={titleId} mb={4}>
        {title}
      </Title>
      {children}
    </section>
  );
}

/** Shows one preference, with its control at the end of the line. */
export function PreferenceRow({
  name,
  hint,
  children,
}: {
  name: string;
  hint?: string;
  children: ReactNode;
}) {
  return (
    <div className={classes.row}>
      <div className={classes.words}>
        <Text fw={550}>{name}</Text>
        {hint !== undefined && (
          <Text size="xs" c="dimmed">
            {hint}
          </Text>
        )}
      </div>
      {children}
    </div>
  );
}
