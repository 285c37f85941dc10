import { Button, Select, Skeleton, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowsSort, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { UserListInput } from '@hindsight/shared/admin';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import classes from './people-list.module.css';
import { PersonRow } from './person-row.tsx';

type Sort = UserListInput['sort'];

const SORTS: { value: Sort; label: string }[] = [
  { value: 'name', label: 'By name' },
  { value: 'mostUsed', label: 'Most used' },
  { value: 'newest', label: 'Newest' },
];

/** Everybody who has an account, with what they may keep. */
export function PeopleList() {
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<Sort>('name');
  const [searched] = useDebouncedValue(search.trim(), 250);
  const query = trpc.admin.user.list.useInfiniteQuery(
    { sort, search: searched === '' ? undefined : searched },
    {
      getNextPageParam: (page) => page.nextCursor ?? undefined,
      placeholderData: (previous) => previous,
    },
  );
  const people = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const total = query.data?.pages[0]?.total ?? 0;

  return (
    <div className={classes.people}>
      <div className={classes.head}>
        <TextInput
          className={classes.search}
          type="search"
          aria-label="Search people"
          placeholder="Search names"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Select
          className={classes.sort}
          aria-label="Sort people"
          leftSection={<IconArrowsSort size={16} aria-hidden />}
          data={SORTS}
          value={sort}
          allowDeselect={false}
          onChange={(value) => value !== null && setSort(value)}
        />
        {query.data !== undefined && (
          <Text c="dimmed" className="tabular" role="status">
            {total === 1 ? '1 person' : `${total} people`}
          </Text>
        )}
      </div>
      {query.isPending && <RowsSkeleton />}
      {query.isError && query.data === undefined && (
        <ErrorState error={presentError(query.error)} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && people.length === 0 && (
        <Text c="dimmed">Nobody has “{searched}” in their name.</Text>
      )}
      {people.length > 0 && (
        <ul className={classes.list} aria-label="People" aria-busy={query.isPlaceholderData}>
          {people.map((person) => (
            <PersonRow key={person.id} person={person} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button
          variant="default"
          className={classes.more}
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Load more
        </Button>
      )}
    </div>
  );
}

function RowsSkeleton() {
  return (
    <div className={classes.skeleton} aria-busy="true" aria-label="Loading people">
      {Array.from({ length: 5 }, (_, index) => (
        <Skeleton key={index} h={64} />
      ))}
    </div>
  );
}
