import { Group, Slider, Text } from '@mantine/core';
import { LEAST_GAIN_DB, MOST_GAIN_DB } from '@hindsight/shared/clips/clip-voices';
import { gainDbOf, SHARE_KEY, withGainDb, type SoundSource, type SourceLevels } from './source-levels.ts';

/** Shows a slider for each source of a clip's sound, and one for all others where there are several. */
export function LevelSliders({
  sources,
  levels,
  onChange,
}: {
  sources: readonly SoundSource[];
  levels: SourceLevels;
  onChange: (levels: SourceLevels) => void;
}) {
  const others = sources.flatMap(({ key, isMine }) => (isMine || key === SHARE_KEY ? [] : [key]));
  return (
    <>
      {sources.map(({ key, name }) => (
        <GainSlider
          key={key}
          name={name}
          gainDb={gainDbOf(levels, key)}
          onChange={(gainDb) => onChange(withGainDb(levels, [key], gainDb))}
        />
      ))}
      {others.length > 1 && (
        <GainSlider
          name="All others"
          gainDb={Math.max(...others.map((key) => gainDbOf(levels, key)))}
          onChange={(gainDb) => onChange(withGainDb(levels, others, gainDb))}
        />
      )}
    </>
  );
}

function GainSlider({
  name,
  gainDb,
  onChange,
}: {
  name: string;
  gainDb: number;
  onChange: (gainDb: number) => void;
}) {
  return (
    <div>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text truncate>{name}</Text>
        <Text size="xs" c="dimmed" className="tabular">
          {gainText(gainDb)}
        </Text>
      </Group>
      <Slider
        mb="md"
        min={LEAST_GAIN_DB}
        max={MOST_GAIN_DB}
        step={1}
        value={gainDb}
        onChange={onChange}
        label={null}
        thumbLabel={`Level of ${name} in decibels`}
      />
    </div>
  );
}

/** Says how much louder a source is than it was sent. */
function gainText(gainDb: number): string {
  if (gainDb === 0) return 'as it was';
  if (gainDb <= LEAST_GAIN_DB) return 'off';
  return `${gainDb > 0 ? '+' : '−'}${Math.abs(gainDb)} dB`;
}
