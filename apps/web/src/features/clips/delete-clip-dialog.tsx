import { Button, Group, Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ClipDto } from '@hindsight/shared/clip';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatBytes } from '../../format/format-bytes.ts';
import { announceError } from '../../ui/announce-error.ts';
import { useClipCache } from './use-clip-cache.ts';

/** Asks once more, and says what deleting gives back. `clip` null: closed. */
export function DeleteClipDialog({
  clip,
  onClose,
  onDeleted,
}: {
  clip: ClipDto | null;
  onClose: () => void;
  onDeleted?: () => void;
}) {
  const cache = useClipCache();
  const remove = trpc.clip.remove.useMutation({
    onSuccess({ freedBytes }, { clipId }) {
      onClose();
      onDeleted?.();
      cache.removed(clipId);
      notifications.show({
        title: 'Clip deleted',
        message: `${formatBytes(freedBytes)} freed.`,
        color: 'gray',
      });
    },
    onError(error) {
      onClose();
      announceError(presentError(error));
    },
  });
  return (
    <Modal
      opened={clip !== null}
      onClose={onClose}
      title="Delete this clip?"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {clip !== null && (
        <>
          <Text>
            “{clip.title}” ({formatBytes(clip.sizeBytes)}) is deleted for good.
          </Text>
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={onClose} data-autofocus>
              Keep
            </Button>
            <Button
              color="red.8"
              loading={remove.isPending}
              onClick={() => remove.mutate({ clipId: clip.id })}
            >
              Delete clip
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
