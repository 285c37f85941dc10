import { Button, Group, Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/**
 * Asks once more before something that other people feel or that can't be undone. Nothing is shown while `isOpen` is
 * false.
 */
export function ConfirmDialog({
  isOpen,
  title,
  children,
  keep = 'Cancel',
  action,
  isPending,
  onConfirm,
  onClose,
}: {
  isOpen: boolean;
  title: string;
  /** The children say in a sentence or two what will happen. */
  children: ReactNode;
  keep?: string;
  /** The action is the label of the dangerous button. */
  action: string;
  isPending: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={title}>
      <Text component="div">{children}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {keep}
        </Button>
        <Button color="red.8" loading={isPending} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
