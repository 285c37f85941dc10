import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { DAY, HOUR } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorNote } from '../../ui/error-note.tsx';
import { usePairing } from './use-pairing.ts';

const KEY_NAME = 'Browser extension';
const KEY_LIVES_HOURS = (365 * DAY) / HOUR;

/** Asks whether the extension that opened this page may press, and gives it a key of its own, which nobody sees or types. */
export function ExtensionPairing({ username }: { username: string }) {
  const { isOffered, handOver } = usePairing();
  const utils = trpc.useUtils();
  const [password, setPassword] = useState('');
  const [isClosed, setClosed] = useState(false);
  const create = trpc.key.create.useMutation({
    onSuccess({ key }) {
      handOver(key);
      void utils.key.list.invalidate();
    },
  });
  const error = create.error === null ? null : presentError(create.error);
  return (
    <Modal opened={isOffered && !isClosed} onClose={() => setClosed(true)} title="Pair the extension">
      {create.isSuccess ? (
        <Stack gap="md">
          <Text>
            It is paired. Its shortcuts save clips from now on, whatever program is in front. The key is in
            the list of keys, where you can revoke it.
          </Text>
          <Group justify="flex-end">
            <Button onClick={() => setClosed(true)}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate({ name: KEY_NAME, scope: 'PRESS', expiresInHours: KEY_LIVES_HOURS, password });
          }}
        >
          <Stack gap="md">
            <Text>
              The Hindsight extension of this browser wants a key to save clips of your buffer and to mark
              moments in it.
            </Text>
            {error !== null && error.code !== 'WRONG_PASSWORD' && <ErrorNote error={error} />}
            {/* Password managers want to know whose password it is. */}
            <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
            <PasswordInput
              data-autofocus
              label="Your password"
              autoComplete="current-password"
              value={password}
              error={error?.code === 'WRONG_PASSWORD' ? error.text : null}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setClosed(true)}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending} disabled={password === ''}>
                Pair
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
