import { Collapse, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure, useId } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { LevelSliders } from '../../domain/sound/level-sliders.tsx';
import {
  AS_SENT,
  isHeard,
  soundsAs,
  type SoundSource,
  type SourceLevels,
} from '../../domain/sound/source-levels.ts';
import classes from './levels-field.module.css';

/** Lets a person set how loud each source is in the clip that they are about to save. */
export function LevelsField({
  sources,
  levels,
  onChange,
}: {
  sources: readonly SoundSource[];
  levels: SourceLevels;
  onChange: (levels: SourceLevels) => void;
}) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const id = useId();
  return (
    <div>
      <UnstyledButton className={classes.toggle} aria-expanded={isOpen} aria-controls={id} onClick={toggle}>
        <span>Sound: {levelsText(sources, levels)}</span>
        <IconChevronDown size={14} aria-hidden className={classes.chevron} />
      </UnstyledButton>
      <Collapse id={id} expanded={isOpen} transitionDuration={0}>
        <Text size="xs" c="dimmed" mb="xs">
          The clip is mixed at these levels. The preview plays the share alone, without voices.
        </Text>
        <div className={classes.sliders}>
          <LevelSliders sources={sources} levels={levels} onChange={onChange} />
        </div>
      </Collapse>
    </div>
  );
}

/** Says in a few words how a clip will sound. */
function levelsText(sources: readonly SoundSource[], levels: SourceLevels): string {
  const keys = sources.map(({ key }) => key);
  if (soundsAs(levels, AS_SENT, keys)) return 'as it was';
  const heard = sources.filter(({ key }) => isHeard(levels, key));
  const silent = sources.filter(({ key }) => !isHeard(levels, key));
  if (heard.length === 0) return 'none';
  if (silent.length === 0) return 'levels changed';
  const names = (of: readonly SoundSource[]) => of.map(({ name }) => name).join(', ');
  return heard.length === 1 ? `${names(heard)} alone` : `without ${names(silent)}`;
}
