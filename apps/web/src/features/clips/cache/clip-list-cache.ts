import type { ClipDto, ClipList } from '@hindsight/shared/clips/clip';

/** Puts a clip's newest state into a page. The order stays, so that nothing jumps. */
export function withClip(page: ClipList, clip: ClipDto): ClipList {
  if (!page.items.some(({ id }) => id === clip.id)) return page;
  return { ...page, items: page.items.map((item) => (item.id === clip.id ? clip : item)) };
}

/** Removes clips that are gone from a page. A page without them keeps its count, because it is asked for again. */
export function withoutClips(page: ClipList, clipIds: ReadonlySet<string>): ClipList {
  const items = page.items.filter(({ id }) => !clipIds.has(id));
  if (items.length === page.items.length) return page;
  return { ...page, items };
}
