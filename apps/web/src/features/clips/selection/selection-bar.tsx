import { Button, Text, Tooltip } from '@mantine/core';
import { IconArrowsJoin, IconTrash, IconX } from '@tabler/icons-react';
import { formatBytes } from '../../../format/format-bytes.ts';
import { IconButton } from '../../../ui/icon-button.tsx';
import classes from '../library/clip-library.module.css';
import { MAX_SELECTED, totalBytes, whyNotJoinable, type Selection } from './clip-selection.ts';

/** Shows what can be done with the selected clips, at the foot of the library. */
export function SelectionBar({
  selection,
  total,
  isCollecting,
  isDeleting,
  onSelectAll,
  onClear,
  onJoin,
  onDelete,
}: {
  selection: Selection;
  total: number;
  isCollecting: boolean;
  isDeleting: boolean;
  onSelectAll: () => void;
  onClear: () => void;
  onJoin: () => void;
  onDelete: () => void;
}) {
  const count = selection.clips.size;
  const isFull = count >= MAX_SELECTED;
  const whyNot = whyNotJoinable(selection);
  return (
    <section className={classes.bulk} aria-label="Selected clips">
      <IconButton label="Select nothing" shortcut="Esc" onClick={onClear}>
        <IconX size={18} />
      </IconButton>
      <Text className={classes.bulkText} role="status">
        <span className="tabular">
          {count} selected · {formatBytes(totalBytes(selection))}
        </span>
        {isFull && total > MAX_SELECTED && ` · at most ${MAX_SELECTED} at once`}
      </Text>
      {count < total && !isFull && (
        <Button variant="default" loading={isCollecting} onClick={onSelectAll}>
          Select all
        </Button>
      )}
      <Tooltip label={whyNot} disabled={whyNot === null}>
        <Button
          variant="default"
          leftSection={<IconArrowsJoin size={18} aria-hidden />}
          aria-disabled={whyNot !== null}
          data-disabled={whyNot !== null || undefined}
          onClick={() => whyNot === null && onJoin()}
        >
          Join
        </Button>
      </Tooltip>
      <Button
        color="red.8"
        leftSection={<IconTrash size={18} aria-hidden />}
        loading={isDeleting}
        onClick={onDelete}
      >
        Delete
      </Button>
    </section>
  );
}
