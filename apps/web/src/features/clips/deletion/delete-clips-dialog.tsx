import { Button, Group, Modal, Text } from '@mantine/core';
import type { DeletedClip } from './use-clip-deletion.tsx';

/**
 * Asks before clips are deleted that can't be restored, because they aren't saved (yet). The dialog is closed while
 * `clips` is null.
 */
export function DeleteClipsDialog({
  clips,
  isDeleting,
  onClose,
  onConfirm,
}: {
  clips: readonly DeletedClip[] | null;
  isDeleting: boolean;
  onClose: () => void;
  onConfirm: () => void;
}) {
  const unsaved = clips?.filter(({ status }) => status !== 'READY') ?? [];
  const [first] = unsaved;
  const isOne = clips?.length === 1;
  return (
    <Modal
      opened={clips !== null}
      onClose={onClose}
      title={isOne ? 'Delete this clip?' : `Delete ${clips?.length ?? 0} clips?`}
    >
      <Text>
        {isOne
          ? `“${first?.title ?? ''}” is not saved: it can’t be brought back.`
          : `${unsaved.length} of them ${unsaved.length === 1 ? 'is' : 'are'} not saved and can’t be brought back.`}
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep
        </Button>
        <Button color="red.8" loading={isDeleting} onClick={onConfirm}>
          {isOne ? 'Delete clip' : 'Delete clips'}
        </Button>
      </Group>
    </Modal>
  );
}
