import { Button, Group, Text } from '@mantine/core';
import classes from '../capture/capture-toasts.module.css';

/** Asks whether this share may be recorded. It blocks nothing, and no answer means no. */
export function RecordSharePrompt({ onAnswer }: { onAnswer: (isYes: boolean) => void }) {
  return (
    <section className={classes.card} aria-label="Record this share?">
      <div role="status">
        <Text fw={600}>Record this share?</Text>
        <Text size="xs" c="dimmed">
          Its last minutes are then kept, ready to clip, and everybody in the channel sees it. Until you say
          yes, nothing is recorded.
        </Text>
      </div>
      <Group gap="xs" mt="sm">
        <Button size="compact-sm" onClick={() => onAnswer(true)}>
          Record
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => onAnswer(false)}>
          Not this time
        </Button>
      </Group>
    </section>
  );
}
