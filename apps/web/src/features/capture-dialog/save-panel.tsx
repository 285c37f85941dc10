import { Anchor, Button, Text, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { formatBytes } from '../../format/format-bytes.ts';
import classes from './save-panel.module.css';

/** An obstacle is why nothing can be saved now. */
export type SaveObstacle = 'gone' | 'empty' | 'too-large';

/** Shows the right side of the dialog: the clip's name, where it goes, what it costs, and Save. */
export function SavePanel({
  title,
  onTitle,
  target,
  costBytes,
  availableBytes,
  obstacle,
  isSaving,
  onSave,
  onManageClips,
}: {
  title: string;
  onTitle: (title: string) => void;
  /** The node is the field for where the clip goes. */
  target: ReactNode;
  costBytes: number;
  availableBytes: number;
  obstacle: SaveObstacle | null;
  isSaving: boolean;
  onSave: (pressedAt: number) => void;
  onManageClips: () => void;
}) {
  return (
    <form
      className={classes.panel}
      onSubmit={(event) => {
        event.preventDefault();
        onSave(event.timeStamp);
      }}
    >
      <TextInput
        label="Title"
        placeholder="Channel and length"
        maxLength={120}
        value={title}
        onChange={(event) => onTitle(event.currentTarget.value)}
      />
      {target}
      <div className={classes.foot}>
        <Text
          id="capture-cost"
          size="sm"
          className={classes.cost}
          data-blocked={obstacle === null ? undefined : true}
          role="status"
        >
          {obstacle === 'empty' && 'Nothing was recorded there: choose another part.'}
          {obstacle === 'gone' && 'That part is no longer kept: choose a later one.'}
          {(obstacle === null || obstacle === 'too-large') &&
            `About ${formatBytes(costBytes)}, ${formatBytes(availableBytes)} left.`}
          {obstacle === 'too-large' && (
            <>
              {' It does not fit: choose less, or '}
              <Anchor component={Link} to="/clips" onClick={onManageClips} inherit>
                delete clips
              </Anchor>
              .
            </>
          )}
        </Text>
        <Button
          type="submit"
          fullWidth
          disabled={obstacle !== null}
          loading={isSaving}
          aria-describedby="capture-cost"
        >
          Save
        </Button>
      </div>
    </form>
  );
}
