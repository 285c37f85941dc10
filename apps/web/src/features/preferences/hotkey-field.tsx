import { Button, Kbd, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState, type KeyboardEvent } from 'react';
import { formatHotkey, hotkeyParts } from '../../hotkeys/format-hotkey.ts';
import {
  holderOf,
  type HotkeyAction,
  type HotkeyLabels,
  type Hotkeys,
} from '../../hotkeys/hotkey-actions.ts';
import { hotkeyOf, type Hotkey } from '../../hotkeys/hotkey.ts';
import { reservedBecause } from '../../hotkeys/reserved-hotkeys.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import classes from './hotkey-field.module.css';

/**
 * Shows the keys of an action. After a press on it, the next combination is taken for the action; Escape or leaving it
 * changes nothing.
 */
export function HotkeyField({
  action,
  hotkeys,
  labels,
  onChange,
}: {
  action: HotkeyAction;
  hotkeys: Hotkeys;
  labels: HotkeyLabels;
  onChange: (hotkey: Hotkey | null) => void;
}) {
  const [isListening, setListening] = useState(false);
  const [complaint, setComplaint] = useState<string | null>(null);
  const hotkey = hotkeys[action];
  const label = labels[action];

  function stop(): void {
    setListening(false);
    setComplaint(null);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!isListening || event.key === 'Tab') return;
    // Keys pressed here are meant for the field alone.
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Escape') {
      stop();
      return;
    }
    const pressed = hotkeyOf(event.nativeEvent);
    if (pressed === null) return;
    const holder = holderOf(hotkeys, pressed, action);
    const refusal =
      holder === null
        ? reservedBecause(pressed)
        : `It is set for “${labels[holder]}”. Remove it there first, or choose another.`;
    if (refusal !== null) {
      setComplaint(`${formatHotkey(pressed)}: ${refusal}`);
      return;
    }
    onChange(pressed);
    stop();
  }

  return (
    <div className={classes.field}>
      {hotkey !== null && (
        <IconButton label={`Remove the keys of “${label}”`} size="sm" onClick={() => onChange(null)}>
          <IconX size={14} />
        </IconButton>
      )}
      <Button
        variant="default"
        className={classes.keys}
        data-listening={isListening || undefined}
        onClick={() => setListening(true)}
        onKeyDown={onKeyDown}
        onBlur={stop}
      >
        <span className="visually-hidden">
          {`${label}: ${isListening ? 'press the keys' : hotkey === null ? 'not set' : formatHotkey(hotkey)}`}
        </span>
        <span aria-hidden>
          {isListening ? (
            'Press the keys'
          ) : hotkey === null ? (
            <Text span c="dimmed">
              Not set
            </Text>
          ) : (
            hotkeyParts(hotkey).map((part) => (
              <Kbd key={part} mx={2}>
                {part}
              </Kbd>
            ))
          )}
        </span>
      </Button>
      <Text size="xs" role="alert" className={classes.complaint} hidden={complaint === null}>
        {complaint}
      </Text>
    </div>
  );
}
