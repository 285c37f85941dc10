import { Alert } from '@mantine/core';
import type { PresentedError } from '../api/present-error.ts';

/** Shows what went wrong, beside the thing that it concerns. */
export function ErrorNote({ error: { text, remedy, errorId } }: { error: PresentedError }) {
  return (
    <Alert color="red" variant="light" role="alert" title={text}>
      {remedy}
      {errorId !== null && ` Error id: ${errorId}`}
    </Alert>
  );
}
