import { Button, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './clip-library.module.css';

/** Stands in place of the first clip: it shows where clips come from, and the way there. */
export function EmptyLibrary({ picture, action }: { picture: ReactNode; action: ReactNode }) {
  return (
    <div className={classes.empty}>
      <div className={classes.emptyPicture}>{picture}</div>
      <Title order={2} size="h3">
        No clips yet
      </Title>
      <Text c="dimmed" maw={400}>
        Join a voice channel, share your screen and enable the replay buffer. One press then saves the last
        minutes here.
      </Text>
      {action}
    </div>
  );
}

/** Says that there are clips, but none that match. */
export function NoMatches({ search, onClear }: { search: string; onClear: () => void }) {
  return (
    <div className={classes.empty}>
      <Title order={2} size="h3">
        {search.trim() === '' ? 'No clips there' : `No clip is called “${search.trim()}”`}
      </Title>
      <Text c="dimmed">Look in all channels and at any time instead.</Text>
      <Button variant="default" onClick={onClear}>
        Clear the filters
      </Button>
    </div>
  );
}
