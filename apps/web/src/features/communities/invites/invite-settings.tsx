import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { InviteDto } from '@hindsight/shared/community/invite';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { CopyField } from '../../../ui/fields/copy-field.tsx';
import { ErrorState } from '../../../ui/error-state.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import classes from '../community-settings.module.css';
import { InviteForm } from './invite-form.tsx';
import { inviteEnd, inviteLink, inviteUse } from './invite-link.ts';

/** Lists the links that let people into a community. */
export function InviteSettings({ communityId }: { communityId: string }) {
  const [made, setMade] = useState<InviteDto | null>(null);
  return (
    <Stack gap="xl">
      <section aria-labelledby="new-invite">
        <Title order={2} size="h3" mb="sm" id="new-invite">
          New invite
        </Title>
        <Stack gap="md">
          <InviteForm communityId={communityId} onCreated={setMade} />
          {made !== null && <CopyField label="New invite link" value={inviteLink(made.code)} />}
        </Stack>
      </section>
      <section aria-labelledby="invites">
        <Title order={2} size="h3" mb="sm" id="invites">
          Links that work
        </Title>
        <InviteList communityId={communityId} />
      </section>
    </Stack>
  );
}

function InviteList({ communityId }: { communityId: string }) {
  const { data, error, refetch } = trpc.invite.list.useQuery({ communityId });
  const [revoked, setRevoked] = useState<InviteDto | null>(null);
  if (data === undefined)
    return error === null ? (
      <Skeleton h={104} aria-busy="true" />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  if (data.length === 0)
    return (
      <Text c="dimmed">There is no invite at the moment. Make a link above and send it to your friends.</Text>
    );
  return (
    <>
      <ul className={classes.list}>
        {data.map((invite) => (
          <InviteRow key={invite.id} invite={invite} onRevoke={() => setRevoked(invite)} />
        ))}
      </ul>
      <RevokeDialog invite={revoked} onClose={() => setRevoked(null)} />
    </>
  );
}

function InviteRow({ invite, onRevoke }: { invite: InviteDto; onRevoke: () => void }) {
  const clipboard = useClipboard({ timeout: 2000 });
  const { code, createdByName, expiresAt } = invite;
  return (
    <li className={classes.row}>
      <div className={classes.words}>
        <div className={classes.code}>{code}</div>
        <Text size="xs" c="dimmed" className="tabular">
          {inviteUse(invite)} · {inviteEnd(expiresAt)}
          {createdByName !== null && ` · by ${createdByName}`}
        </Text>
      </div>
      <span className={classes.tools}>
        {window.isSecureContext && (
          <IconButton
            label={clipboard.copied ? 'Copied' : `Copy the link ${code}`}
            onClick={() => clipboard.copy(inviteLink(code))}
          >
            {clipboard.copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
          </IconButton>
        )}
        <IconButton label={`Revoke ${code}`} color="red" onClick={onRevoke}>
          <IconTrash size={18} />
        </IconButton>
      </span>
    </li>
  );
}

function RevokeDialog({ invite, onClose }: { invite: InviteDto | null; onClose: () => void }) {
  const utils = trpc.useUtils();
  const revoke = trpc.invite.revoke.useMutation({
    onError: (error) => announceError(presentError(error)),
    async onSettled() {
      await utils.invite.list.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      isOpen={invite !== null}
      title="Revoke this invite?"
      keep="Keep"
      action="Revoke"
      isPending={revoke.isPending}
      onConfirm={() => invite !== null && revoke.mutate({ inviteId: invite.id })}
      onClose={onClose}
    >
      The link stops working at once. People who joined with it stay.
    </ConfirmDialog>
  );
}
