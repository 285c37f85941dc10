import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { CreatedProgramKey } from '@hindsight/shared/account/program-key';
import { CopyField } from '../../ui/fields/copy-field.tsx';
import { KeyForm } from './key-form.tsx';

/** Makes a key and shows it, once. */
export function NewKeyDialog({
  isOpen,
  username,
  onClose,
}: {
  isOpen: boolean;
  username: string;
  onClose: () => void;
}) {
  const [created, setCreated] = useState<CreatedProgramKey | null>(null);
  const isShown = created !== null;
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      // What is shown once must not go by a click beside it.
      closeOnClickOutside={!isShown}
      onExitTransitionEnd={() => setCreated(null)}
      title={isShown ? `The key for ${created.name}` : 'New key'}
    >
      {isShown ? (
        <Stack gap="md">
          <Text>Copy it now. It is shown only this once, and whoever has it can use it.</Text>
          <CopyField label="Key" value={created.key} />
          <Group justify="flex-end">
            <Button onClick={onClose}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <KeyForm username={username} onCreated={setCreated} onCancel={onClose} />
      )}
    </Modal>
  );
}
