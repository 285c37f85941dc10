import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import type { ClipDto, ClipListInput } from '@hindsight/shared/clips/clip';
import { trpc } from '../../../api/trpc.ts';

/** This many clips are asked for at once. */
export const PAGE_CLIPS = 60;

type Asked = Partial<ClipListInput>;

/**
 * Loads the part of the library that is in view. Pages are asked for by where they begin, not one after the other: a
 * person who drags the scroll bar to the end of 10,000 clips waits for one page, and a change loads only what is in
 * view again.
 */
export function useClipWindow(asked: Asked, [first, last]: readonly [first: number, last: number]) {
  const start = trpc.clip.list.useQuery(pageOf(asked, 0), { placeholderData: keepPreviousData });
  // The old order stays in sight until the first page of the new one is here.
  const [shown, setShown] = useState(asked);
  const isBehind = start.isPlaceholderData;
  if (!isBehind && JSON.stringify(shown) !== JSON.stringify(asked)) setShown(asked);

  const total = start.data?.total ?? 0;
  const firstPage = Math.floor(Math.max(0, first) / PAGE_CLIPS);
  const lastPage = Math.floor(Math.max(0, Math.min(last, total - 1)) / PAGE_CLIPS);
  const numbers = Array.from({ length: lastPage - firstPage + 1 }, (_, index) => firstPage + index);
  const answers = trpc.useQueries((t) => numbers.map((page) => t.clip.list(pageOf(shown, page))));

  return {
    total,
    isBehind,
    isPending: start.isPending,
    error: start.data === undefined ? start.error : null,
    refetch: start.refetch,
    shown,
    /** Returns the clip at an index; undefined while it is on its way. */
    clipAt(index: number): ClipDto | undefined {
      const page = Math.floor(index / PAGE_CLIPS);
      return answers[page - firstPage]?.data?.items[index % PAGE_CLIPS];
    },
  };
}

export function pageOf(asked: Asked, page: number) {
  return { ...asked, offset: page * PAGE_CLIPS, limit: PAGE_CLIPS };
}
