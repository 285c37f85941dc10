import { Combobox, Skeleton, Text } from '@mantine/core';
import { IconHash, IconUsers } from '@tabler/icons-react';
import { PersonAvatar } from '../people/person-avatar.tsx';
import { matchingTargets, SHARE_GROUPS, type ShareTargetOption } from './share-target.ts';
import classes from './share-target.module.css';

const KINDS = ['channel', 'conversation', 'person'] as const;

/** Lists the places to share to that match a search, by kind, inside a Mantine `Combobox`. */
export function ShareTargetOptions({
  options,
  search,
  selectedKey,
  isLoading,
}: {
  options: readonly ShareTargetOption[];
  search: string;
  selectedKey: string | null;
  isLoading: boolean;
}) {
  const matching = matchingTargets(options, search);
  if (matching.length === 0)
    return isLoading ? (
      <div className={classes.loading} aria-busy="true" aria-label="Loading places to share to">
        <Skeleton h={28} />
        <Skeleton h={28} />
      </div>
    ) : (
      <Combobox.Empty>
        {search.trim() === '' ? 'There is no channel or person to share with yet' : 'Nothing by that name'}
      </Combobox.Empty>
    );
  return KINDS.map((kind) => {
    const ofKind = matching.filter((option) => option.kind === kind);
    if (ofKind.length === 0) return null;
    return (
      <Combobox.Group key={kind} label={SHARE_GROUPS[kind]}>
        {ofKind.map((option) => (
          <Combobox.Option
            key={option.key}
            value={option.key}
            active={option.key === selectedKey}
            className={classes.option}
          >
            <ShareTargetName option={option} />
          </Combobox.Option>
        ))}
      </Combobox.Group>
    );
  });
}

/** Shows one place in a line: icon, name, community. */
export function ShareTargetName({ option }: { option: ShareTargetOption }) {
  return (
    <span className={classes.name}>
      <span className={classes.icon} aria-hidden>
        {option.icon === 'channel' && <IconHash size={18} />}
        {option.icon === 'group' && <IconUsers size={18} />}
        {option.icon === 'person' && <PersonAvatar name={option.label} size={22} />}
      </span>
      <Text span truncate>
        {option.label}
      </Text>
      {option.detail !== null && (
        <Text span size="xs" c="dimmed" truncate className={classes.detail}>
          {option.detail}
        </Text>
      )}
    </span>
  );
}
