import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconLogout } from '@tabler/icons-react';
import { useState } from 'react';
import { trpc } from '../../api/trpc.ts';
import { RevokeKeysCheckbox } from './revoke-keys-checkbox.tsx';
import { useSignOut } from './use-sign-out.ts';

/** Signs out. Whoever has keys for other programs is asked first whether they go as well. */
export function SignOutButton() {
  const utils = trpc.useUtils();
  const [isAsking, setAsking] = useState(false);
  const [revokeKeys, setRevokeKeys] = useState(false);
  const { signOut, isPending } = useSignOut();

  async function askOrSignOut(): Promise<void> {
    // Nobody is kept from signing out because their keys could not be read.
    const keys = await utils.key.list.fetch().catch(() => []);
    if (keys.length > 0) setAsking(true);
    else signOut();
  }

  return (
    <>
      <Button
        variant="default"
        leftSection={<IconLogout size={18} aria-hidden />}
        loading={isPending && !isAsking}
        onClick={() => void askOrSignOut()}
      >
        Sign out
      </Button>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title="Sign out everywhere?">
        <Stack gap="md">
          <Text>You are signed out on all your devices.</Text>
          <RevokeKeysCheckbox
            checked={revokeKeys}
            onChange={(event) => setRevokeKeys(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              Cancel
            </Button>
            <Button loading={isPending} onClick={() => signOut({ revokeKeys })}>
              Sign out
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
