import { Button, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconBookmark,
  IconChevronDown,
  IconClockEdit,
  IconHistory,
  IconPictureInPicture,
  IconRotate2,
  IconScissors,
} from '@tabler/icons-react';
import type { PressLengths } from '@hindsight/shared/replay/lengths';
import { SECOND } from '@hindsight/shared/units';
import { formatPressLength, SUGGESTED_SECONDS } from '../../../format/press-length.ts';
import type { Press } from '../capture/use-capture.ts';
import { AnotherLengthDialog } from './another-length-dialog.tsx';
import { buttonLengths } from './button-lengths.ts';
import classes from './save-buttons.module.css';

/** Shows what can be done with the buffer besides the lengths that have a button. */
export function MoreCapturesMenu({
  isDisabled,
  lengths,
  windowMs,
  keys,
  onPress,
  onChoose,
  onDropMarker,
  onPopOut,
}: {
  isDisabled: boolean;
  lengths: PressLengths;
  windowMs: number;
  /** These keys do the same; undefined where none is set. */
  keys: { afresh: string | undefined; dialog: string | undefined; marker: string | undefined };
  onPress: (press: Press) => void;
  onChoose: () => void;
  /** The function is null when nothing is being recorded that could be marked. */
  onDropMarker: ((pressedAt: number) => void) | null;
  /** The function opens the small window beside other programs. */
  onPopOut: () => void;
}) {
  const [isAsking, { open, close }] = useDisclosure(false);
  const withButton = buttonLengths(lengths);
  const offered = SUGGESTED_SECONDS.filter(
    (seconds) => !withButton.includes(seconds) && seconds * SECOND <= windowMs,
  );
  return (
    <>
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
          {offered.map((seconds) => (
            <Menu.Item
              key={seconds}
              leftSection={<IconHistory size={16} aria-hidden />}
              onClick={(event) => onPress({ seconds, pressedAt: event.timeStamp, via: 'button' })}
            >
              Save last {formatPressLength(seconds)}
            </Menu.Item>
          ))}
          <Menu.Item leftSection={<IconClockEdit size={16} aria-hidden />} onClick={open}>
            Another length…
          </Menu.Item>
          <Menu.Item
            leftSection={<IconRotate2 size={16} aria-hidden />}
            rightSection={<KeyHint hotkey={keys.afresh} />}
            onClick={(event) =>
              onPress({
                seconds: lengths.defaultSeconds,
                startAfresh: true,
                pressedAt: event.timeStamp,
                via: 'button',
              })
            }
          >
            Save and start afresh
          </Menu.Item>
          <Menu.Item
            leftSection={<IconScissors size={16} aria-hidden />}
            rightSection={<KeyHint hotkey={keys.dialog} />}
            onClick={onChoose}
          >
            Custom range…
          </Menu.Item>
          {onDropMarker !== null && (
            <Menu.Item
              leftSection={<IconBookmark size={16} aria-hidden />}
              rightSection={<KeyHint hotkey={keys.marker} />}
              onClick={(event) => onDropMarker(event.timeStamp)}
            >
              Drop a marker
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconPictureInPicture size={16} aria-hidden />} onClick={onPopOut}>
            Small window on top
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <AnotherLengthDialog isOpen={isAsking} windowMs={windowMs} onSave={onPress} onClose={close} />
    </>
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
