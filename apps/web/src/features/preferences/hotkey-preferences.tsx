import { Button, Text } from '@mantine/core';
import { DEFAULT_HOTKEYS, HOTKEY_ACTIONS, HOTKEY_LABELS } from '../../hotkeys/hotkey-actions.ts';
import { HotkeyField } from './hotkey-field.tsx';
import { PreferenceRow, PreferenceSection } from './preference-row.tsx';
import { usePreferences } from './use-preferences.ts';

/** Sets which keys do what, in this browser. */
export function HotkeyPreferences() {
  const { preferences, change } = usePreferences();
  const { hotkeys } = preferences;
  const isChanged = HOTKEY_ACTIONS.some((action) => hotkeys[action] !== DEFAULT_HOTKEYS[action]);
  return (
    <PreferenceSection title="Hotkeys">
      <Text c="dimmed">
        They work while Hindsight has the focus, full screen included. Press a field, then the keys. While you
        write, only combinations with Alt or Ctrl act.
      </Text>
      {HOTKEY_ACTIONS.map((action) => (
        <PreferenceRow key={action} name={HOTKEY_LABELS[action]}>
          <HotkeyField
            action={action}
            hotkeys={hotkeys}
            onChange={(hotkey) => change({ hotkeys: { ...hotkeys, [action]: hotkey } })}
          />
        </PreferenceRow>
      ))}
      <div>
        <Button
          mt="sm"
          variant="default"
          disabled={!isChanged}
          onClick={() => change({ hotkeys: DEFAULT_HOTKEYS })}
        >
          Reset all hotkeys
        </Button>
      </div>
    </PreferenceSection>
  );
}
