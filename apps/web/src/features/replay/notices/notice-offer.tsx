import { Button, Group, Text } from '@mantine/core';
import {
  askForNotifications,
  notificationPermission,
  type NoticeChoice,
} from '../../../domain/replay/system-notification.ts';
import classes from '../capture/capture-toasts.module.css';
import { useReplayState } from '../session/use-replay-requests.ts';

/** Offers notifications after the first press, when it is clear what for. The browser asks only whoever wants them. */
export function NoticeOffer({
  choice,
  onChoose,
}: {
  choice: NoticeChoice;
  onChoose: (choice: NoticeChoice) => void;
}) {
  const { captures } = useReplayState();
  const hasPressed = captures.some(({ outcome }) => outcome.kind === 'accepted');
  const isOffered = choice === 'ask' && hasPressed && notificationPermission() === 'default';
  return (
    <section aria-label="Notifications" aria-live="polite">
      {isOffered && (
        <div className={classes.card}>
          <Text size="sm">Be told when a clip is saved while you don’t see this page?</Text>
          <Group gap="xs" mt="xs">
            <Button size="compact-sm" onClick={() => void askForNotifications().then(onChoose)}>
              Turn on
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => onChoose('off')}>
              No, thanks
            </Button>
          </Group>
        </div>
      )}
    </section>
  );
}
