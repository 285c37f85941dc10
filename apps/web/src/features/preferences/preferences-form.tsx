import { SegmentedControl, Select, Switch, Text, Title, useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { useDispatch, useSelector } from 'react-redux';
import { CAPTURE_MINUTES, QUALITY_PRESETS, type Quality } from '@hindsight/shared/replay';
import classes from './preferences-form.module.css';
import { COLOR_SCHEMES, preferenceChanged, type ColorScheme, type Preferences } from './preferences.slice.ts';

const SCHEME_LABELS: Record<ColorScheme, string> = { auto: 'Like the system', light: 'Light', dark: 'Dark' };

const QUALITIES = (Object.keys(QUALITY_PRESETS) as Quality[]).map((value) => {
  const { framesPerSecond, bitrateBps } = QUALITY_PRESETS[value];
  return { value, label: `${value}, ${framesPerSecond} fps, ${bitrateBps / 1_000_000} Mbit/s` };
});

/** What this browser remembers; each change counts at once. */
export function PreferencesForm() {
  const dispatch = useDispatch();
  const preferences = useSelector((state: { preferences: Preferences }) => state.preferences);
  const { setColorScheme } = useMantineColorScheme();
  return (
    <section className={classes.form} aria-label="Preferences of this browser">
      <Title order={2} size="h3">
        This browser
      </Title>
      <Row name="Appearance">
        <SegmentedControl
          withItemsBorders={false}
          aria-label="Appearance"
          data={COLOR_SCHEMES.map((value) => ({ value, label: SCHEME_LABELS[value] }))}
          value={preferences.colorScheme}
          onChange={setColorScheme}
        />
      </Row>
      <Row name="Replay buffer with each share" hint="The next share starts it by itself.">
        <Switch
          aria-label="Replay buffer with each share"
          checked={preferences.isReplayWanted}
          onChange={(event) => dispatch(preferenceChanged({ isReplayWanted: event.currentTarget.checked }))}
        />
      </Row>
      <Row name="Default clip length" hint="What Alt+C saves.">
        <SegmentedControl
          withItemsBorders={false}
          aria-label="Default clip length"
          data={CAPTURE_MINUTES.map((minutes) => ({ value: String(minutes), label: `${minutes} min` }))}
          value={String(preferences.captureMinutes)}
          onChange={(value) => {
            const captureMinutes = CAPTURE_MINUTES.find((minutes) => String(minutes) === value);
            if (captureMinutes !== undefined) dispatch(preferenceChanged({ captureMinutes }));
          }}
        />
      </Row>
      <Row name="Share quality" hint="Clips keep exactly what you share.">
        <Select
          aria-label="Share quality"
          w={230}
          data={QUALITIES}
          value={preferences.quality}
          allowDeselect={false}
          onChange={(value) => value !== null && dispatch(preferenceChanged({ quality: value }))}
        />
      </Row>
    </section>
  );
}

function Row({ name, hint, children }: { name: string; hint?: string; children: ReactNode }) {
  return (
    <div className={classes.row}>
      <div>
        <Text fw={550}>{name}</Text>
        {hint !== undefined && (
          <Text size="xs" c="dimmed">
            {hint}
          </Text>
        )}
      </div>
      {children}
    </div>
  );
}
