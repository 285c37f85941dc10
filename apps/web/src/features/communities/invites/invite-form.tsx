import { Alert, Button, Group, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { DAY, HOUR } from '@hindsight/shared/units';
import type { InviteDto } from '@hindsight/shared/community/invite';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';

/** `0` stands for never, or for no limit. */
const NONE = '0';
const EXPIRIES = [
  { label: '1 hour', value: '1' },
  { label: '1 day', value: String(DAY / HOUR) },
  { label: '7 days', value: String((7 * DAY) / HOUR) },
  { label: '30 days', value: String((30 * DAY) / HOUR) },
  { label: 'Never', value: NONE },
];
const USES = [
  { label: 'No limit', value: NONE },
  { label: '1 person', value: '1' },
  ...[5, 10, 25, 100].map((count) => ({ label: `${count} people`, value: String(count) })),
];
const DEFAULT_EXPIRY = String((7 * DAY) / HOUR);

/** Makes an invite link. */
export function InviteForm({
  communityId,
  onCreated,
}: {
  communityId: string;
  onCreated: (invite: InviteDto) => void;
}) {
  const utils = trpc.useUtils();
  const [expiry, setExpiry] = useState(DEFAULT_EXPIRY);
  const [uses, setUses] = useState(NONE);
  const create = trpc.invite.create.useMutation({
    onSuccess(invite) {
      void utils.invite.list.invalidate({ communityId });
      onCreated(invite);
    },
  });
  const error = create.error === null ? null : presentError(create.error);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate({
          communityId,
          expiresInHours: expiry === NONE ? null : Number(expiry),
          maxUses: uses === NONE ? null : Number(uses),
        });
      }}
    >
      {error !== null && (
        <Alert color="red" variant="light" title={error.text} role="alert" mb="sm">
          {error.remedy}
        </Alert>
      )}
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label="Expires after"
          data={EXPIRIES}
          value={expiry}
          onChange={(event) => setExpiry(event.currentTarget.value)}
        />
        <NativeSelect
          label="Good for"
          data={USES}
          value={uses}
          onChange={(event) => setUses(event.currentTarget.value)}
        />
        <Button type="submit" loading={create.isPending}>
          Make a link
        </Button>
      </Group>
    </form>
  );
}
