import { Button, Text, Title } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { trpc } from '../api/trpc.ts';
import { useSignOut } from '../features/auth/use-sign-out.ts';
import { PreferencesForm } from '../features/preferences/preferences-form.tsx';
import { formatMoment } from '../format/format-date.ts';
import { PersonAvatar } from '../ui/person-avatar.tsx';
import classes from './me.module.css';

export function MePage() {
  const { data } = trpc.auth.status.useQuery();
  const { signOut, isPending } = useSignOut();
  const user = data?.user;
  return (
    <div className={classes.page}>
      <title>Me · Hindsight</title>
      <Title order={1}>Me</Title>
      {user && (
        <section className={classes.account} aria-label="Account">
          <PersonAvatar name={user.username} size={52} />
          <div className={classes.words}>
            <Text fw={600} size="md" truncate>
              {user.username}
            </Text>
            <Text size="xs" c="dimmed">
              {user.isInstanceAdmin ? 'Admin of this server · ' : ''}since {formatMoment(user.createdAt)}
            </Text>
          </div>
          <Button
            variant="default"
            leftSection={<IconLogout size={18} aria-hidden />}
            loading={isPending}
            onClick={signOut}
          >
            Sign out
          </Button>
        </section>
      )}
      <PreferencesForm />
    </div>
  );
}
