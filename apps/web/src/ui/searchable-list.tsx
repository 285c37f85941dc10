import { Button, Skeleton, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { presentError } from '../api/present-error.ts';
import { ErrorState } from './error-state.tsx';
import classes from './searchable-list.module.css';

const SKELETON_ROWS = 5;
const SEARCH_PAUSE_MS = 250;

export interface ListSearch {
  text: string;
  /** The list is asked for this: the text once the person has stopped typing, without spaces around it. */
  searched: string;
  setText: (text: string) => void;
}

/** Holds what is typed into the search field of a `SearchableList`. */
export function useListSearch(): ListSearch {
  const [text, setText] = useState('');
  const [searched] = useDebouncedValue(text.trim(), SEARCH_PAUSE_MS);
  return { text, searched, setText };
}

/** This is the part of tRPC's infinite query that the list reads. */
interface PagedQuery<Item> {
  data: { pages: readonly { items: readonly Item[]; total: number }[] } | undefined;
  error: unknown;
  isPending: boolean;
  isError: boolean;
  isPlaceholderData: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => Promise<unknown>;
  fetchNextPage: () => Promise<unknown>;
}

/** Shows a list with a search field above it, which loads its next page when the person asks for more. */
export function SearchableList<Item>({
  name,
  noun: [one, many],
  search,
  query,
  emptyText,
  skeletonHeight,
  controls,
  children,
}: {
  /** The name is what screen readers call the list. */
  name: string;
  noun: readonly [one: string, many: string];
  search: ListSearch;
  query: PagedQuery<Item>;
  emptyText: string;
  /** The rows have this height in px, so that nothing moves when they come. */
  skeletonHeight: number;
  /** The controls stand beside the search field. */
  controls?: ReactNode;
  /** Renders one row, a list item with a key. */
  children: (item: Item) => ReactNode;
}) {
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages[0]?.total ?? 0;

  return (
    <div className={classes.whole}>
      <div className={classes.head}>
        <TextInput
          className={classes.search}
          type="search"
          aria-label={`Search ${many}`}
          placeholder="Search names"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search.text}
          onChange={(event) => search.setText(event.currentTarget.value)}
        />
        {controls}
        {query.data !== undefined && (
          <Text c="dimmed" className="tabular" role="status">
            {total === 1 ? `1 ${one}` : `${total} ${many}`}
          </Text>
        )}
      </div>
      {query.isPending && (
        <div className={classes.skeleton} aria-busy="true" aria-label={`Loading ${many}`}>
          {Array.from({ length: SKELETON_ROWS }, (_, index) => (
            <Skeleton key={index} h={skeletonHeight} />
          ))}
        </div>
      )}
      {query.isError && query.data === undefined && (
        <ErrorState error={presentError(query.error)} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && items.length === 0 && <Text c="dimmed">{emptyText}</Text>}
      {items.length > 0 && (
        <ul className={classes.list} aria-label={name} aria-busy={query.isPlaceholderData}>
          {items.map(children)}
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
