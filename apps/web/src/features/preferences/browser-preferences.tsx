import { Button, Group, SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import { IconVolume } from '@tabler/icons-react';
import { playSound } from '../../domain/replay/play-sound.ts';
import { PreferenceRow, PreferenceSection } from './preference-row.tsx';
import { COLOR_SCHEMES, type ColorScheme } from './preferences.slice.ts';
import { usePreferences } from './use-preferences.ts';

const SCHEME_LABELS: Record<ColorScheme, string> = { auto: 'Like the system', light: 'Light', dark: 'Dark' };

export function SoundPreferences() {
  const { preferences, change } = usePreferences();
  return (
    <PreferenceSection title="Sounds">
      <PreferenceRow
        name="Sound when a hotkey saves a clip"
        hint="Short and low, so that you know without looking."
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
