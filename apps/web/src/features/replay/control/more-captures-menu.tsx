import { Button, Menu, Text } from '@mantine/core';
import { IconBookmark, IconChevronDown, IconScissors } from '@tabler/icons-react';
import classes from './save-buttons.module.css';

/** Shows what can be done with the buffer besides saving its last minutes. */
export function MoreCapturesMenu({
  isDisabled,
  dialogKey,
  markerKey,
  onChoose,
  onDropMarker,
}: {
  isDisabled: boolean;
  /** These keys do the same; undefined where none is set. */
  dialogKey: string | undefined;
  markerKey: string | undefined;
  onChoose: () => void;
  /** The function is null when nothing is being recorded that could be marked. */
  onDropMarker: ((pressedAt: number) => void) | null;
}) {
  return (
    <Menu position="top-end" withinPortal>
      <Menu.Target>
        <Button
          variant="default"
          className={classes.more}
          disabled={isDisabled}
          aria-label="More ways to clip"
        >
          <IconChevronDown size={18} aria-hidden />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconScissors size={16} aria-hidden />}
          rightSection={<KeyHint hotkey={dialogKey} />}
          onClick={onChoose}
        >
          Custom range…
        </Menu.Item>
        {onDropMarker !== null && (
          <Menu.Item
            leftSection={<IconBookmark size={16} aria-hidden />}
            rightSection={<KeyHint hotkey={markerKey} />}
            onClick={(event) => onDropMarker(event.timeStamp)}
          >
            Drop a marker
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function KeyHint({ hotkey }: { hotkey: string | undefined }) {
  if (hotkey === undefined) return null;
  return (
    <Text span size="xs" c="dimmed" aria-hidden>
      {hotkey}
    </Text>
  );
}
