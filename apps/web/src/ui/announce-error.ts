import { notifications } from '@mantine/notifications';
import type { PresentedError } from '../api/present-error.ts';

/** Shows a notice for an error of something that has no place of its own on the page. */
export function announceError({ text, remedy, errorId }: Omit<PresentedError, 'code'>): void {
  notifications.show({
    title: text,
    message: errorId === null ? remedy : `${remedy} Error id: ${errorId}`,
    color: 'red',
    autoClose: 9000,
  });
}
