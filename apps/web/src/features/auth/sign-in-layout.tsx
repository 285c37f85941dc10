import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Brand } from '../../ui/brand.tsx';
import classes from './sign-in-layout.module.css';
import { ReplayIllustration } from '../../domain/replay/replay-illustration.tsx';

/** Shows the form for people who are not signed in, and beside it what the product does. */
export function SignInLayout({
  title,
  lead,
  children,
}: {
  title: string;
  lead: string;
  children: ReactNode;
}) {
  return (
    <div className={classes.layout}>
      <main className={classes.form}>
        <Brand />
        <Stack gap={4} mt={40} mb={24}>
          <Title order={1}>{title}</Title>
          <Text c="dimmed">{lead}</Text>
        </Stack>
        {children}
      </main>
      <aside className={classes.story} aria-label="What Hindsight does">
        <ReplayIllustration />
        <Title order={2} mt={32}>
          Save what just happened
        </Title>
        <Text c="dimmed" mt={8} maw={420}>
          Share your screen, keep the last ten minutes rolling, and turn them into a clip with one press,
          after the moment. On your own server.
        </Text>
      </aside>
    </div>
  );
}
