import { SegmentedControl, Select, Switch } from '@mantine/core';
import { CAPTURE_MINUTES, QUALITY_PRESETS, type Quality } from '@hindsight/shared/replay/replay';
import { useHotkeyLabel } from '../../hotkeys/use-hotkeys.ts';
import { PreferenceRow, PreferenceSection } from './preference-row.tsx';
import { usePreferences } from './use-preferences.ts';

const QUALITIES = (Object.keys(QUALITY_PRESETS) as Quality[]).map((value) => {
  const { framesPerSecond, bitrateBps } = QUALITY_PRESETS[value];
  return { value, label: `${value}, ${framesPerSecond} fps, ${bitrateBps / 1_000_000} Mbit/s` };
});

/** Sets how shares are kept and clips are saved. */
export function ReplayPreferences() {
  const { preferences, change } = usePreferences();
  const saveKey = useHotkeyLabel('saveClip');
  return (
    <PreferenceSection title="Replay">
      <PreferenceRow name="Replay buffer with each share" hint="The next share starts it by itself.">
        <Switch
          aria-label="Replay buffer with each share"
          checked={preferences.isReplayWanted}
          onChange={(event) => change({ isReplayWanted: event.currentTarget.checked })}
        />
      </PreferenceRow>
      <PreferenceRow
        name="Ask me before a new share is recorded"
        hint={
          preferences.isReplayWanted
            ? 'Each new share begins with a question; nothing is recorded until you say yes.'
            : 'Matters once the replay buffer comes with each share.'
        }
      >
        <Switch
          aria-label="Ask me before a new share is recorded"
          checked={preferences.isAskedFirst}
          onChange={(event) => change({ isAskedFirst: event.currentTarget.checked })}
        />
      </PreferenceRow>
      <PreferenceRow
        name="Default clip length"
        hint={`What ${saveKey ?? 'the hotkey'} saves, and the button that stands out.`}
      >
        <SegmentedControl
          withItemsBorders={false}
          aria-label="Default clip length"
          data={CAPTURE_MINUTES.map((minutes) => ({ value: String(minutes), label: `${minutes} min` }))}
          value={String(preferences.captureMinutes)}
          onChange={(value) => {
            const captureMinutes = CAPTURE_MINUTES.find((minutes) => String(minutes) === value);
            if (captureMinutes !== undefined) change({ captureMinutes });
          }}
        />
      </PreferenceRow>
      <PreferenceRow name="Share quality" hint="Clips keep exactly what you share.">
        <Select
          aria-label="Share quality"
          w={230}
          data={QUALITIES}
          value={preferences.quality}
          allowDeselect={false}
          onChange={(quality) => quality !== null && change({ quality })}
        />
      </PreferenceRow>
    </PreferenceSection>
  );
}
