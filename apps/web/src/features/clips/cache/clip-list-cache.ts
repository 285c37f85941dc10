import type { ClipDto, ClipList } from '@hindsight/shared/clip';

/** A page with a clip's newest state in its place; the order stays, so that nothing jumps. */
export function withClip(page: ClipList, clip: ClipDto): ClipList {
  if (!page.items.some(({ id }) => id === clip.id)) return page;
  return { ...page, items: page.items.map((item) => (item.id === clip.id ? clip : item)) };
}

/** A page without clips that are gone. Pages without them keep their count: they are asked for anew. */
export function withoutClips(page: ClipList, clipIds: ReadonlySet<string>): ClipList {
  const items = page.items.filter(({ id }) => !clipIds.has(id));
  if (items.length === page.items.length) return page;
  return { ...page, items };
}
