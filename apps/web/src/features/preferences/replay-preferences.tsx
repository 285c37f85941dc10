import { Select, Switch, TagsInput } from '@mantine/core';
import { MAX_LENGTH_BUTTONS } from '@hindsight/shared/replay/lengths';
import { QUALITY_PRESETS, type Quality } from '@hindsight/shared/replay/replay';
import { DAY } from '@hindsight/shared/units';
import { useChangePressLengths, usePressLengths } from '../../domain/replay/use-press-lengths.ts';
import { formatPressLength, parsePressLength, SUGGESTED_SECONDS } from '../../format/press-length.ts';
import { useHotkeyLabel } from '../../hotkeys/use-hotkeys.ts';
import { LengthField } from '../../ui/fields/length-field.tsx';
import { PreferenceRow, PreferenceSection } from './preference-row.tsx';
import { usePreferences } from './use-preferences.ts';

const QUALITIES = (Object.keys(QUALITY_PRESETS) as Quality[]).map((value) => {
  const { framesPerSecond, bitrateBps } = QUALITY_PRESETS[value];
  return { value, label: `${value}, ${framesPerSecond} fps, ${bitrateBps / 1_000_000} Mbit/s` };
});

/** Sets how shares are kept and clips are saved. */
export function ReplayPreferences() {
  const { preferences, change } = usePreferences();
  const lengths = usePressLengths();
  const changeLengths = useChangePressLengths();
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
        hint={`What ${saveKey ?? 'the hotkey'} and other programs save, and the button that stands out.`}
      >
        <LengthField
          w={120}
          aria-label="Default clip length"
          value={lengths.defaultSeconds}
          onCommit={(seconds) => seconds !== null && changeLengths({ defaultSeconds: seconds })}
        />
      </PreferenceRow>
      <PreferenceRow
        name="Lengths with a button"
        hint={`At most ${MAX_LENGTH_BUTTONS}. Type seconds, or minutes and seconds such as 1:30.`}
      >
        <TagsInput
          w={330}
          aria-label="Lengths with a button"
          maxTags={MAX_LENGTH_BUTTONS}
          data={SUGGESTED_SECONDS.map(formatPressLength)}
          value={lengths.buttonSeconds.map(formatPressLength)}
          onChange={(tags) => {
            const chosen = tags
              .map((tag) => parsePressLength(tag, DAY))
              .filter((seconds) => seconds !== null);
            const buttonSeconds = [...new Set(chosen)].toSorted((a, b) => a - b);
            if (buttonSeconds.length > 0) changeLengths({ buttonSeconds });
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
