import { Select } from '@mantine/core';
import { IconArrowsSort } from '@tabler/icons-react';
import { useState } from 'react';
import type { UserListInput } from '@hindsight/shared/admin';
import { trpc } from '../../api/trpc.ts';
import { SearchableList, useListSearch } from '../../ui/searchable-list.tsx';
import classes from './people-list.module.css';
import { PersonRow } from './person-row.tsx';

type Sort = UserListInput['sort'];

const SORTS: { value: Sort; label: string }[] = [
  { value: 'name', label: 'By name' },
  { value: 'mostUsed', label: 'Most used' },
  { value: 'newest', label: 'Newest' },
];

/** Lists everybody who has an account, with how much each may keep. */
export function PeopleList() {
  const search = useListSearch();
  const [sort, setSort] = useState<Sort>('name');
  const query = trpc.admin.user.list.useInfiniteQuery(
    { sort, search: search.searched === '' ? undefined : search.searched },
    {
      getNextPageParam: (page) => page.nextCursor ?? undefined,
      placeholderData: (previous) => previous,
    },
  );

  return (
    <SearchableList
      name="People"
      noun={['person', 'people']}
      search={search}
      query={query}
      emptyText={`Nobody has “${search.searched}” in their name.`}
      skeletonHeight={64}
      controls={
        <Select
          className={classes.sort}
          aria-label="Sort people"
          leftSection={<IconArrowsSort size={16} aria-hidden />}
          data={SORTS}
          value={sort}
          allowDeselect={false}
          onChange={(value) => value !== null && setSort(value)}
        />
      }
    >
      {(person) => <PersonRow key={person.id} person={person} />}
    </SearchableList>
  );
}
