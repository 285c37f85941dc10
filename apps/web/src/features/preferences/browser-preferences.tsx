import { Button, Group, SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import { IconVolume } from '@tabler/icons-react';
import { askForNotifications, notificationPermission } from '../../domain/replay/system-notification.ts';
import { playSound } from '../../domain/replay/play-sound.ts';
import { PreferenceRow, PreferenceSection } from './preference-row.tsx';
import { COLOR_SCHEMES, type ColorScheme } from './preferences.slice.ts';
import { usePreferences } from './use-preferences.ts';

const SCHEME_LABELS: Record<ColorScheme, string> = { auto: 'Like the system', light: 'Light', dark: 'Dark' };

/** Sets how people are told of what happens while they don't look. */
export function SoundPreferences() {
  const { preferences, change } = usePreferences();
  return (
    <PreferenceSection title="Sounds and notifications">
      <PreferenceRow
        name="Sound when a hotkey saves a clip"
        hint="Short and low, so that you know without looking; another one when a recording is lost."
      >
        <Group gap="sm">
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconVolume size={15} aria-hidden />}
            onClick={() => playSound('captured')}
          >
            Listen
          </Button>
          <Switch
            aria-label="Sound when a hotkey saves a clip"
            checked={preferences.isSoundOn}
            onChange={(event) => change({ isSoundOn: event.currentTarget.checked })}
          />
        </Group>
      </PreferenceRow>
      <PreferenceRow
        name="Notification when you don’t see this page"
        hint={
          notificationPermission() === 'denied'
            ? 'This browser does not allow it; change that in the address bar.'
            : 'When a clip is saved or fails, and when a recording is lost.'
        }
      >
        <Switch
          aria-label="Notification when you don’t see this page"
          checked={preferences.notices === 'on' && notificationPermission() === 'granted'}
          disabled={['denied', 'unsupported'].includes(notificationPermission())}
          onChange={(event) => {
            if (!event.currentTarget.checked) change({ notices: 'off' });
            else void askForNotifications().then((notices) => change({ notices }));
          }}
        />
      </PreferenceRow>
    </PreferenceSection>
  );
}

export function AppearancePreferences() {
  const { preferences } = usePreferences();
  const { setColorScheme } = useMantineColorScheme();
  return (
    <PreferenceSection title="Appearance">
      <PreferenceRow name="Colours">
        <SegmentedControl
          withItemsBorders={false}
          aria-label="Appearance"
          data={COLOR_SCHEMES.map((value) => ({ value, label: SCHEME_LABELS[value] }))}
          value={preferences.colorScheme}
          onChange={setColorScheme}
        />
      </PreferenceRow>
    </PreferenceSection>
  );
}
