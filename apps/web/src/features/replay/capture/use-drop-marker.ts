import { notifications } from '@mantine/notifications';
import { presentError } from '../../../api/present-error.ts';
import { usePressClock } from '../../../api/press-clock.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';

const SHOWN_MS = 2500;

/**
 * Marks the moment of a press in the caller's own buffer of a channel, and confirms it in a notice.
 * @param pressedAt `timeStamp` of the event
 */
export function useDropMarker(channelId: string | null): (pressedAt: number) => void {
  const clock = usePressClock();
  const create = trpc.marker.create.useMutation({
    onSuccess: () =>
      notifications.show({
        id: 'marker-dropped',
        message: 'Moment marked. You find it in the capture dialog and in your clips.',
        autoClose: SHOWN_MS,
        withCloseButton: false,
      }),
    onError: (error) => announceError(presentError(error)),
  });
  return (pressedAt) => {
    if (channelId === null) return;
    create.mutate({ channelId, ...clock.momentOf(clock.mark(pressedAt)) });
  };
}
