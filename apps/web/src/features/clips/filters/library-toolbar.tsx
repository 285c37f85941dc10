import { Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconArrowsSort, IconSearch, IconVolume } from '@tabler/icons-react';
import { useState } from 'react';
import { trpc } from '../../../api/trpc.ts';
import classes from '../library/clip-library.module.css';
import { DateFilter } from './date-filter.tsx';
import { SORTS, type LibraryFilters } from './library-filters.ts';

const SEARCH_AFTER_MS = 250;

/** Shows the search, the filters and the order. */
export function LibraryToolbar({
  filters,
  nowMs,
  onChange,
}: {
  filters: LibraryFilters;
  nowMs: number;
  onChange: (changes: Partial<LibraryFilters>, options?: { replace?: boolean }) => void;
}) {
  return (
    <div className={classes.filters} role="search" aria-label="Clips">
      <SearchField
        search={filters.search}
        // All letters of one search are a single step in the history.
        onChange={(search) => onChange({ search }, { replace: filters.search !== '' })}
      />
      <PlaceFilter filters={filters} onChange={onChange} />
      <DateFilter filters={filters} nowMs={nowMs} onChange={onChange} />
      <Select
        className={classes.sort}
        aria-label="Sort clips"
        leftSection={<IconArrowsSort size={16} aria-hidden />}
        data={SORTS}
        value={filters.sort}
        allowDeselect={false}
        onChange={(sort) => sort !== null && onChange({ sort })}
      />
    </div>
  );
}

function SearchField({ search, onChange }: { search: string; onChange: (search: string) => void }) {
  /** The text is null while it is what the address says. */
  const [typed, setTyped] = useState<string | null>(null);
  const [known, setKnown] = useState(search);
  if (known !== search) {
    setKnown(search);
    // Going back changes the field too, but what is being typed stays.
    if (typed !== null && typed.trim() === search.trim()) setTyped(null);
  }
  const settle = useDebouncedCallback((value: string) => onChange(value.trim()), SEARCH_AFTER_MS);
  return (
    <TextInput
      className={classes.search}
      type="search"
      aria-label="Search clips"
      placeholder="Search titles"
      leftSection={<IconSearch size={16} aria-hidden />}
      maxLength={120}
      value={typed ?? search}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        settle(event.currentTarget.value);
      }}
      onBlur={() => {
        if (typed !== null && typed.trim() !== search) onChange(typed.trim());
        setTyped(null);
      }}
    />
  );
}

function PlaceFilter({
  filters,
  onChange,
}: {
  filters: LibraryFilters;
  onChange: (changes: Partial<LibraryFilters>) => void;
}) {
  const { data: communities = [] } = trpc.community.list.useQuery();
  const places = communities.map(({ id, name, channels }) => ({
    group: name,
    items: [
      { value: `community ${id}`, label: `All of ${name}` },
      ...channels
        .filter(({ kind }) => kind === 'VOICE')
        .map((channel) => ({ value: `channel ${id} ${channel.id}`, label: channel.name })),
    ],
  }));
  const { communityId, channelId } = filters;
  const value =
    channelId !== null
      ? `channel ${communityId ?? ''} ${channelId}`
      : communityId === null
        ? null
        : `community ${communityId}`;
  return (
    <Select
      className={classes.place}
      aria-label="Community or channel"
      placeholder="All channels"
      leftSection={<IconVolume size={16} aria-hidden />}
      data={places}
      value={value}
      clearable
      searchable={places.length > 3}
      clearButtonProps={{ 'aria-label': 'All channels' }}
      onChange={(chosen) => {
        const [, community = null, channel = null] = chosen?.split(' ') ?? [];
        onChange({ communityId: community, channelId: channel });
      }}
    />
  );
}
