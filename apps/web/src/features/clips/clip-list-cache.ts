import type { InfiniteData } from '@tanstack/react-query';
import type { ClipDto, ClipList } from '@hindsight/shared/clip';

export type ClipPages = InfiniteData<ClipList>;

/** Whether a list that was loaded shows a clip. */
export function hasClip(pages: ClipPages, clipId: string): boolean {
  return pages.pages.some(({ items }) => items.some(({ id }) => id === clipId));
}

/** The list with a clip's newest state in its place; its order stays, so that nothing jumps. */
export function withClip(pages: ClipPages, clip: ClipDto): ClipPages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items.map((item) => (item.id === clip.id ? clip : item)),
    })),
  };
}

/** The list without a clip that is gone. */
export function withoutClip(pages: ClipPages, clipId: string): ClipPages {
  if (!hasClip(pages, clipId)) return pages;
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items.filter(({ id }) => id !== clipId),
      total: page.total - 1,
    })),
  };
}
