import { Alert, Button, Group, Text } from '@mantine/core';
import type { PresentedError } from '../../../api/present-error.ts';
import { REMEDY_LABELS, remedyOf, type Remedy } from '../session/error-remedy.ts';

/** Shows what happened, why, and the one thing to do, with the button that does it. */
export function ReplayErrorNote({
  error,
  onRemedy,
  onDismiss,
}: {
  error: PresentedError;
  onRemedy: (remedy: Remedy) => void;
  onDismiss: () => void;
}) {
  const remedy = remedyOf(error);
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      title={error.text}
      withCloseButton
      closeButtonLabel="Dismiss"
      onClose={onDismiss}
    >
      <Group justify="space-between" gap="xs">
        <Text>
          {error.remedy}
          {error.errorId !== null && ` Error id: ${error.errorId}`}
        </Text>
        {remedy !== null && (
          <Button size="xs" color="red" variant="outline" onClick={() => onRemedy(remedy)}>
            {REMEDY_LABELS[remedy]}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
