import { Alert, Button } from '@mantine/core';
import { Link, Navigate, useNavigate, useParams } from 'react-router';
import { APP_ERRORS } from '@hindsight/shared/errors';
import { INVITE_PATH } from '@hindsight/shared/community/invite';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { BrokenInvite, InviteCard, InviteSkeleton } from '../../features/communities/invites/invite-card.tsx';

/** Shows what an invite link invites to, and the ways to join, with or without an account yet. */
export function InvitePage() {
  const { code = '' } = useParams();
  const status = trpc.auth.status.useQuery();
  const invite = trpc.invite.get.useQuery({ code });
  const error = status.error ?? invite.error;
  if (error !== null && (status.data === undefined || invite.data === undefined)) {
    const presented = presentError(error);
    return (
      <BrokenInvite
        // An address that can't be a code is handled like an unknown code.
        error={
          presented.code === 'VALIDATION_FAILED' ? { ...presented, ...APP_ERRORS.INVITE_INVALID } : presented
        }
      >
        <title>Invite · Hindsight</title>
        <Button component={Link} to="/" variant="default">
          Go to start
        </Button>
      </BrokenInvite>
    );
  }
  if (status.data === undefined || invite.data === undefined) return <InviteSkeleton />;
  if (invite.data.joinedCommunityId !== null)
    return <Navigate to={`/c/${invite.data.joinedCommunityId}`} replace />;
  const { user, registration } = status.data;
  return (
    <InviteCard invite={invite.data}>
      <title>{`Join ${invite.data.communityName} · Hindsight`}</title>
      {user === null ? (
        <GuestActions code={code} canSignUp={registration !== 'closed'} />
      ) : (
        <JoinButton code={code} communityName={invite.data.communityName} />
      )}
    </InviteCard>
  );
}

function JoinButton({ code, communityName }: { code: string; communityName: string }) {
  const utils = trpc.useUtils();
  const navigate = useNavigate();
  const accept = trpc.invite.accept.useMutation({
    async onSuccess({ communityId }) {
      // No page here shows the list, so an invalidated one would stay old until a page does.
      await utils.community.list.invalidate(undefined, { refetchType: 'all' });
      await navigate(`/c/${communityId}`, { replace: true });
      void utils.invite.invalidate();
    },
  });
  const error = accept.error === null ? null : presentError(accept.error);
  return (
    <>
      {error !== null && (
        <Alert color="red" variant="light" title={error.text} role="alert" ta="start">
          {error.remedy}
        </Alert>
      )}
      <Button size="md" loading={accept.isPending} onClick={() => accept.mutate({ code })}>
        Join {communityName}
      </Button>
      <Button component={Link} to="/" variant="subtle" color="gray">
        Not now
      </Button>
    </>
  );
}

/** Offers guests to sign in or sign up. Signing in leads back here, and a new account joins by the invite. */
function GuestActions({ code, canSignUp }: { code: string; canSignUp: boolean }) {
  const state = { from: `${INVITE_PATH}/${code}` };
  return (
    <>
      {canSignUp && (
        <Button component={Link} to="/sign-up" state={state} size="md">
          Create an account to join
        </Button>
      )}
      <Button component={Link} to="/sign-in" state={state} variant="default" size="md">
        I have an account
      </Button>
    </>
  );
}
