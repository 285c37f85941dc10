import { Alert, Anchor, Text } from '@mantine/core';
import { IconShieldStar } from '@tabler/icons-react';
import { skipToken } from '@tanstack/react-query';
import { Link, useLocation } from 'react-router';
import { APP_ERRORS } from '@hindsight/shared/errors';
import { INVITE_PATH, inviteCodeIn } from '@hindsight/shared/community/invite';
import type { AuthStatus } from '@hindsight/shared/account/user';
import { trpc } from '../../api/trpc.ts';
import { SignInLayout } from '../../features/auth/sign-in-layout.tsx';
import { SignUpForm } from '../../features/auth/sign-up-form.tsx';
import { pathAfterSignIn } from './path-after-sign-in.ts';

export function SignUpPage() {
  const { state } = useLocation();
  const { data } = trpc.auth.status.useQuery();
  const isFirstAccount = data?.isFirstAccount ?? false;
  const isClosed = data?.registration === 'closed' && !isFirstAccount;
  const code = inviteCodeOf(pathAfterSignIn(state));
  const preview = trpc.invite.get.useQuery(code === null ? skipToken : { code });
  const invite = code === null ? (needsInvite(data) ? 'needed' : null) : { code };
  return (
    <SignInLayout
      title={isFirstAccount ? 'Set up your server' : 'Create your account'}
      lead={lead(isFirstAccount, preview.data?.communityName)}
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
        <SignUpForm
          submitLabel={isFirstAccount ? 'Create admin account' : 'Create account'}
          invite={invite}
        />
      )}
      {!isFirstAccount && (
        <Text c="dimmed" mt="lg" ta="center">
          Have an account?{' '}
          <Anchor component={Link} underline="always" to="/sign-in" state={state}>
            Sign in
          </Anchor>
        </Text>
      )}
    </SignInLayout>
  );
}

/** Returns the code of the invite that somebody came by; null when they came otherwise. */
function inviteCodeOf(path: string): string | null {
  return path.startsWith(`${INVITE_PATH}/`) ? inviteCodeIn(path) : null;
}

function needsInvite(status: AuthStatus | undefined): boolean {
  return status?.registration === 'invite' && !status.isFirstAccount;
}

function lead(isFirstAccount: boolean, communityName: string | undefined): string {
  if (isFirstAccount) return 'One account, and you are ready to clip.';
  if (communityName !== undefined) return `With it you join ${communityName}.`;
  return 'Pick a name that your friends know.';
}
