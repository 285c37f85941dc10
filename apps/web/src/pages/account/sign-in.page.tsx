import { Anchor, Text } from '@mantine/core';
import { Link, useLocation } from 'react-router';
import { trpc } from '../../api/trpc.ts';
import { SignInLayout } from '../../features/auth/sign-in-layout.tsx';
import { SignInForm } from '../../features/auth/sign-in-form.tsx';

export function SignInPage() {
  const { state } = useLocation();
  const { data } = trpc.auth.status.useQuery();
  return (
    <SignInLayout title="Welcome back" lead="Sign in to your server.">
      <title>Sign in · Hindsight</title>
      <SignInForm />
      {data !== undefined && data.registration !== 'closed' && (
        <Text c="dimmed" mt="lg" ta="center">
          {data.registration === 'invite' ? 'New here, with an invite?' : 'New here?'}{' '}
          <Anchor component={Link} underline="always" to="/sign-up" state={state}>
            Create an account
          </Anchor>
        </Text>
      )}
    </SignInLayout>
  );
}
