import { Button, Select, Skeleton, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowsSort, IconMovie, IconSearch } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { ClipDto, ClipListInput } from '@hindsight/shared/clip';
import { MINUTE } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { useNow } from '../../ui/use-now.ts';
import { ClipCard } from './clip-card.tsx';
import classes from './clip-library.module.css';
import { DeleteClipDialog } from './delete-clip-dialog.tsx';
import { QuotaMeter } from './quota-meter.tsx';

type Sort = ClipListInput['sort'];

const SORTS: { value: Sort; label: string }[] = [
  { value: 'newest', label: 'Newest' },
  { value: 'oldest', label: 'Oldest' },
  { value: 'largest', label: 'Largest' },
  { value: 'longest', label: 'Longest' },
];

/** All my clips: found, sorted, played, deleted. */
export function ClipLibrary({ emptyAction }: { emptyAction: ReactNode }) {
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState<Sort>('newest');
  const [searched] = useDebouncedValue(search.trim(), 250);
  const nowMs = useNow(MINUTE);
  const [removing, setRemoving] = useState<ClipDto | null>(null);

  const query = trpc.clip.list.useInfiniteQuery(
    { sort, search: searched === '' ? undefined : searched },
    {
      getNextPageParam: (page) => page.nextCursor ?? undefined,
      placeholderData: (previous) => previous,
    },
  );
  const clips = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const total = query.data?.pages[0]?.total ?? 0;

  return (
    <div className={classes.library}>
      <header className={classes.header}>
        <div className={classes.titleRow}>
          <Title order={1}>My clips</Title>
          {total > 0 && (
            <Text c="dimmed" className="tabular">
              {total === 1 ? '1 clip' : `${total} clips`}
            </Text>
          )}
        </div>
        <QuotaMeter />
        <div className={classes.filters}>
          <TextInput
            className={classes.search}
            type="search"
            aria-label="Search clips"
            placeholder="Search titles"
            leftSection={<IconSearch size={16} aria-hidden />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <Select
            className={classes.sort}
            aria-label="Sort clips"
            leftSection={<IconArrowsSort size={16} aria-hidden />}
            data={SORTS}
            value={sort}
            allowDeselect={false}
            onChange={(value) => value !== null && setSort(value)}
          />
        </div>
      </header>

      {query.isPending && <GridSkeleton />}
      {query.isError && query.data === undefined && (
        <ErrorState error={presentError(query.error)} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && clips.length === 0 && (
        <Empty search={searched} action={emptyAction} onClear={() => setSearch('')} />
      )}
      <div className={classes.grid} aria-busy={query.isPlaceholderData}>
        {clips.map((clip) => (
          <ClipCard key={clip.id} clip={clip} nowMs={nowMs} onRemove={() => setRemoving(clip)} />
        ))}
      </div>
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
      <DeleteClipDialog clip={removing} onClose={() => setRemoving(null)} />
    </div>
  );
}

function GridSkeleton() {
  return (
    <div className={classes.grid} aria-busy="true" aria-label="Loading clips">
      {Array.from({ length: 6 }, (_, index) => (
        <div key={index}>
          <Skeleton className={classes.posterSkeleton} />
          <Skeleton h={14} mt="sm" w="70%" />
          <Skeleton h={12} mt={8} w="45%" />
        </div>
      ))}
    </div>
  );
}

function Empty({ search, action, onClear }: { search: string; action: ReactNode; onClear: () => void }) {
  return (
    <div className={classes.empty}>
      <span className={classes.emptyPicture}>
        <IconMovie size={34} stroke={1.5} aria-hidden />
      </span>
      {search === '' ? (
        <>
          <Title order={2} size="h3">
            No clips yet
          </Title>
          <Text c="dimmed" maw={400}>
            Join a voice channel, share your screen and enable the replay buffer. One press then saves the
            last minutes here.
          </Text>
          {action}
        </>
      ) : (
        <>
          <Title order={2} size="h3">
            No clip is called “{search}”
          </Title>
          <Button variant="default" onClick={onClear}>
            Clear the search
          </Button>
        </>
      )}
    </div>
  );
}
