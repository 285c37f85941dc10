import { Alert, Anchor, Text } from '@mantine/core';
import { IconShieldStar } from '@tabler/icons-react';
import { Link, useLocation } from 'react-router';
import { APP_ERRORS } from '@hindsight/shared/errors';
import { trpc } from '../api/trpc.ts';
import { Door } from '../features/auth/door.tsx';
import { SignUpForm } from '../features/auth/sign-up-form.tsx';

export function SignUpPage() {
  const { state } = useLocation();
  const { data } = trpc.auth.status.useQuery();
  const isFirstAccount = data?.isFirstAccount ?? false;
  const isClosed = data !== undefined && data.registration !== 'open' && !isFirstAccount;
  return (
    <Door
      title={isFirstAccount ? 'Set up your server' : 'Create your account'}
      lead={
        isFirstAccount ? 'One account, and you are ready to clip.' : 'Pick a name that your friends know.'
      }
    >
      <title>Create an account · Hindsight</title>
      {isFirstAccount && (
        <Alert variant="light" icon={<IconShieldStar aria-hidden />} mb="md">
          This is the first account: it becomes the admin of this server.
        </Alert>
      )}
      {isClosed ? (
        <Alert variant="light" color="gray" title={APP_ERRORS.REGISTRATION_CLOSED.text}>
          {APP_ERRORS.REGISTRATION_CLOSED.remedy}
        </Alert>
      ) : (
        <SignUpForm submitLabel={isFirstAccount ? 'Create admin account' : 'Create account'} />
      )}
      {!isFirstAccount && (
        <Text c="dimmed" mt="lg" ta="center">
          Have an account?{' '}
          <Anchor component={Link} underline="always" to="/sign-in" state={state}>
            Sign in
          </Anchor>
        </Text>
      )}
    </Door>
  );
}
