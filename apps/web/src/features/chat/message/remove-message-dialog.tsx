import { Button, Group, Modal, Text } from '@mantine/core';
import type { MessageDto } from '@hindsight/shared/chat/message';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { useMessagePages } from '../history/use-message-events.ts';

/** Asks once more before a message is removed. The dialog is closed while `message` is null. */
export function RemoveMessageDialog({
  message,
  onClose,
}: {
  message: MessageDto | null;
  onClose: () => void;
}) {
  const applyToPages = useMessagePages();
  const remove = trpc.message.remove.useMutation({
    onSuccess(_nothing, { messageId }) {
      if (message !== null) applyToPages({ type: 'removed', target: message.target, messageId });
      onClose();
    },
    onError(error) {
      onClose();
      announceError(presentError(error));
    },
  });
  return (
    <Modal opened={message !== null} onClose={onClose} title="Delete this message?">
      {message !== null && (
        <>
          {message.text !== '' && (
            <Text lineClamp={4} style={{ overflowWrap: 'anywhere' }}>
              “{message.text}”
            </Text>
          )}
          <Text c="dimmed" mt="xs">
            It is deleted for everybody.
            {message.clip?.state === 'present' && ' The clip itself stays in its owner’s library.'}
          </Text>
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={onClose} data-autofocus>
              Keep
            </Button>
            <Button
              color="red.8"
              loading={remove.isPending}
              onClick={() => remove.mutate({ messageId: message.id })}
            >
              Delete message
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
