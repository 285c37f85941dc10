import { useQueryClient } from '@tanstack/react-query';
import { getQueryKey } from '@trpc/react-query';
import type { ClipDto, ClipEvent } from '@hindsight/shared/clip';
import { trpc } from '../../api/trpc.ts';
import { withClip, withoutClip, type ClipPages } from './clip-list-cache.ts';

const CLIP_LISTS = { queryKey: getQueryKey(trpc.clip.list) };

/** Puts what happened to a clip into everything that shows it. */
export function useClipCache() {
  const utils = trpc.useUtils();
  const queryClient = useQueryClient();
  return {
    changed(clip: ClipDto) {
      const isNew = utils.clip.get.getData({ clipId: clip.id }) === undefined;
      utils.clip.get.setData({ clipId: clip.id }, clip);
      queryClient.setQueriesData<ClipPages>(CLIP_LISTS, (pages) => pages && withClip(pages, clip));
      if (isNew) void utils.clip.list.invalidate();
      if (clip.status !== 'PROCESSING') void utils.quota.mine.invalidate();
    },
    removed(clipId: string) {
      queryClient.setQueriesData<ClipPages>(CLIP_LISTS, (pages) => pages && withoutClip(pages, clipId));
      void utils.quota.mine.invalidate();
    },
    apply(event: ClipEvent) {
      if (event.type === 'changed') this.changed(event.clip);
      else this.removed(event.clipId);
    },
    /** For when something may have changed unheard. */
    refresh() {
      void utils.clip.invalidate();
      void utils.quota.mine.invalidate();
    },
  };
}
