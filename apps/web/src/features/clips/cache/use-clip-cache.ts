import { useQueryClient } from '@tanstack/react-query';
import { getQueryKey } from '@trpc/react-query';
import type { ClipDto, ClipEvent, ClipList } from '@hindsight/shared/clips/clip';
import { trpc } from '../../../api/trpc.ts';
import { withClip, withoutClips } from './clip-list-cache.ts';

/** This filter finds the library's own pages only: other queries may list clips in other shapes. */
const CLIP_PAGES = { queryKey: getQueryKey(trpc.clip.list, undefined, 'query') };

/** Applies what happened to a clip to everything that shows it. */
export function useClipCache() {
  const utils = trpc.useUtils();
  const queryClient = useQueryClient();
  function changePages(change: (page: ClipList) => ClipList): void {
    queryClient.setQueriesData<ClipList>(CLIP_PAGES, (page) => page && change(page));
  }
  return {
    changed(clip: ClipDto) {
      const isNew = utils.clip.get.getData({ clipId: clip.id }) === undefined;
      utils.clip.get.setData({ clipId: clip.id }, clip);
      changePages((page) => withClip(page, clip));
      // An answer that is under way may be older than this, and is asked for anew.
      const isAsked = queryClient.isFetching({
        queryKey: getQueryKey(trpc.clip.get, { clipId: clip.id }, 'query'),
      });
      if (isAsked > 0) void utils.clip.get.invalidate({ clipId: clip.id });
      if (isNew || queryClient.isFetching(CLIP_PAGES) > 0) void utils.clip.list.invalidate();
      if (clip.status !== 'PROCESSING') void utils.quota.mine.invalidate();
    },
    removed(...clipIds: string[]) {
      const gone = new Set(clipIds);
      changePages((page) => withoutClips(page, gone));
      // The clips after them have moved up.
      void utils.clip.list.invalidate();
      for (const clipId of clipIds) void utils.clip.get.invalidate({ clipId });
      void utils.quota.mine.invalidate();
    },
    restored(clips: readonly ClipDto[]) {
      for (const clip of clips) utils.clip.get.setData({ clipId: clip.id }, clip);
      void utils.clip.list.invalidate();
      void utils.quota.mine.invalidate();
    },
    apply(event: ClipEvent) {
      if (event.type === 'changed') this.changed(event.clip);
      else this.removed(event.clipId);
    },
    /** Asks for everything again, for when changes may have been missed. */
    refresh() {
      void utils.clip.invalidate();
      void utils.quota.mine.invalidate();
    },
  };
}
