import { Anchor, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { InviteDto } from '@hindsight/shared/community/invite';
import { trpc } from '../../../api/trpc.ts';
import { CopyField } from '../../../ui/fields/copy-field.tsx';
import { InviteForm } from './invite-form.tsx';
import { inviteLink } from './invite-link.ts';

/** Makes a link that lets people into a community. */
export function InviteDialog({ communityId, onClose }: { communityId: string; onClose: () => void }) {
  const [invite, setInvite] = useState<InviteDto | null>(null);
  const { data } = trpc.community.list.useQuery();
  const name = data?.find(({ id }) => id === communityId)?.name ?? '';
  return (
    <Modal opened onClose={onClose} title={`Invite people to ${name}`} size="lg">
      <Stack gap="md">
        <Text c="dimmed">Whoever has the link can join, and make an account for it if they need one.</Text>
        {invite === null ? (
          <InviteForm communityId={communityId} onCreated={setInvite} />
        ) : (
          <CopyField label="Invite link" value={inviteLink(invite.code)} />
        )}
        <Anchor component={Link} to={`/c/${communityId}/settings/invites`} onClick={onClose}>
          All invites
        </Anchor>
      </Stack>
    </Modal>
  );
}
