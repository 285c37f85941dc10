import { Button, Skeleton, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { MemberDto } from '@hindsight/shared/member';
import type { Action } from '@hindsight/shared/permissions';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { MemberRow } from './member-row.tsx';
import classes from './members-panel.module.css';
import { RemoveMemberDialog } from './remove-member-dialog.tsx';

/** Who is in a community: found, given roles, put out. */
export function MembersPanel({
  communityId,
  myUserId,
  myActions,
}: {
  communityId: string;
  myUserId: string | null;
  myActions: readonly Action[];
}) {
  const [search, setSearch] = useState('');
  const [searched] = useDebouncedValue(search.trim(), 250);
  const [removing, setRemoving] = useState<MemberDto | null>(null);
  const { data: roles } = trpc.role.list.useQuery({ communityId });
  const query = trpc.member.list.useInfiniteQuery(
    { communityId, search: searched === '' ? undefined : searched },
    {
      getNextPageParam: (page) => page.nextCursor ?? undefined,
      placeholderData: (previous) => previous,
    },
  );
  const members = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const total = query.data?.pages[0]?.total ?? 0;

  return (
    <div className={classes.panel}>
      <div className={classes.head}>
        <TextInput
          className={classes.search}
          type="search"
          aria-label="Search members"
          placeholder="Search names"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        {query.data !== undefined && (
          <Text c="dimmed" className="tabular" role="status">
            {total === 1 ? '1 member' : `${total} members`}
          </Text>
        )}
      </div>
      {query.isPending && <RowsSkeleton />}
      {query.isError && query.data === undefined && (
        <ErrorState error={presentError(query.error)} onRetry={() => void query.refetch()} />
      )}
      {query.data !== undefined && members.length === 0 && (
        <Text c="dimmed">Nobody here has “{searched}” in their name.</Text>
      )}
      {members.length > 0 && (
        <ul className={classes.list} aria-label="Members" aria-busy={query.isPlaceholderData}>
          {members.map((member) => (
            <MemberRow
              key={member.userId}
              communityId={communityId}
              member={member}
              roles={roles}
              myActions={myActions}
              isMe={member.userId === myUserId}
              onRemove={() => setRemoving(member)}
            />
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
      <RemoveMemberDialog communityId={communityId} member={removing} onClose={() => setRemoving(null)} />
    </div>
  );
}

function RowsSkeleton() {
  return (
    <div className={classes.skeleton} aria-busy="true" aria-label="Loading members">
      {Array.from({ length: 5 }, (_, index) => (
        <Skeleton key={index} h={56} />
      ))}
    </div>
  );
}
