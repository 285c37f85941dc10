import { Button, Kbd } from '@mantine/core';
import type { RangeEdge } from '../../../domain/timeline/time-range.ts';
import classes from './preview-stage.module.css';

/** Shows buttons that set the start or the end of the selection at the playhead. */
export function SetEdgeButtons({ onSet }: { onSet: (edge: RangeEdge) => void }) {
  return (
    <div className={classes.edges}>
      <Button size="compact-sm" variant="default" onClick={() => onSet('in')}>
        Start here <Kbd className={classes.key}>I</Kbd>
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => onSet('out')}>
        End here <Kbd className={classes.key}>O</Kbd>
      </Button>
    </div>
  );
}
