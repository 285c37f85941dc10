import { useState } from 'react';
import type { MemberDto } from '@hindsight/shared/community/member';
import type { Action } from '@hindsight/shared/community/permissions';
import { trpc } from '../../api/trpc.ts';
import { SearchableList, useListSearch } from '../../ui/searchable-list.tsx';
import { MemberRow } from './member-row.tsx';
import { RemoveMemberDialog } from './remove-member-dialog.tsx';

/** Lists who is in a community. People with the right can search the members, change their roles and remove them. */
export function MembersPanel({
  communityId,
  myUserId,
  myActions,
}: {
  communityId: string;
  myUserId: string | null;
  myActions: readonly Action[];
}) {
  const search = useListSearch();
  const [removing, setRemoving] = useState<MemberDto | null>(null);
  const { data: roles } = trpc.role.list.useQuery({ communityId });
  const query = trpc.member.list.useInfiniteQuery(
    { communityId, search: search.searched === '' ? undefined : search.searched },
    {
      getNextPageParam: (page) => page.nextCursor ?? undefined,
      placeholderData: (previous) => previous,
    },
  );

  return (
    <>
      <SearchableList
        name="Members"
        noun={['member', 'members']}
        search={search}
        query={query}
        emptyText={`Nobody here has “${search.searched}” in their name.`}
        skeletonHeight={56}
      >
        {(member) => (
          <MemberRow
            key={member.userId}
            communityId={communityId}
            member={member}
            roles={roles}
            myActions={myActions}
            isMe={member.userId === myUserId}
            onRemove={() => setRemoving(member)}
          />
        )}
      </SearchableList>
      <RemoveMemberDialog communityId={communityId} member={removing} onClose={() => setRemoving(null)} />
    </>
  );
}
