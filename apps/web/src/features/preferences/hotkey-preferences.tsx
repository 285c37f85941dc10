import { Button, Text } from '@mantine/core';
import {
  DEFAULT_HOTKEYS,
  DEFAULT_HOTKEY_SECONDS,
  HOTKEY_ACTIONS,
  hotkeyLabels,
  LENGTH_ACTIONS,
  type HotkeyAction,
  type LengthAction,
} from '../../hotkeys/hotkey-actions.ts';
import { LengthField } from '../../ui/fields/length-field.tsx';
import { HotkeyField } from './hotkey-field.tsx';
import { PreferenceRow, PreferenceSection } from './preference-row.tsx';
import { usePreferences } from './use-preferences.ts';

/** Sets which keys do what, in this browser. */
export function HotkeyPreferences() {
  const { preferences, change } = usePreferences();
  const { hotkeys, hotkeySeconds } = preferences;
  const labels = hotkeyLabels(hotkeySeconds);
  const isChanged =
    HOTKEY_ACTIONS.some((action) => hotkeys[action] !== DEFAULT_HOTKEYS[action]) ||
    LENGTH_ACTIONS.some((action) => hotkeySeconds[action] !== DEFAULT_HOTKEY_SECONDS[action]);
  return (
    <PreferenceSection title="Hotkeys">
      <Text c="dimmed">
        They work while Hindsight has the focus, full screen included. Press a field, then the keys. While you
        write, only combinations with Alt or Ctrl act.
      </Text>
      {HOTKEY_ACTIONS.map((action) => (
        <PreferenceRow key={action} name={labels[action]}>
          {isLengthAction(action) && (
            <LengthField
              w={92}
              aria-label={`Length of “${labels[action]}”`}
              value={hotkeySeconds[action]}
              onCommit={(seconds) =>
                seconds !== null && change({ hotkeySeconds: { ...hotkeySeconds, [action]: seconds } })
              }
            />
          )}
          <HotkeyField
            action={action}
            hotkeys={hotkeys}
            labels={labels}
            onChange={(hotkey) => change({ hotkeys: { ...hotkeys, [action]: hotkey } })}
          />
        </PreferenceRow>
      ))}
      <div>
        <Button
          mt="sm"
          variant="default"
          disabled={!isChanged}
          onClick={() => change({ hotkeys: DEFAULT_HOTKEYS, hotkeySeconds: DEFAULT_HOTKEY_SECONDS })}
        >
          Reset all hotkeys
        </Button>
      </div>
    </PreferenceSection>
  );
}

function isLengthAction(action: HotkeyAction): action is LengthAction {
  return (LENGTH_ACTIONS as readonly HotkeyAction[]).includes(action);
}
