import { Button, Group, Modal, Text } from '@mantine/core';
import { formatPreciseLength } from '../../../format/format-length.ts';

/** Asks before a shorter version replaces the original, and says what that means. */
export function ReplaceClipDialog({
  isOpen,
  removedMs,
  isSaving,
  onClose,
  onConfirm,
}: {
  isOpen: boolean;
  removedMs: number;
  isSaving: boolean;
  onClose: () => void;
  onConfirm: () => void;
}) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Replace the original?">
      <Text>
        The other {formatPreciseLength(removedMs)} are gone for good once the shorter version is saved. Title,
        links and messages with this clip stay, and then show the shorter one and its length.
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep
        </Button>
        <Button color="red.8" loading={isSaving} onClick={onConfirm}>
          Replace
        </Button>
      </Group>
    </Modal>
  );
}
