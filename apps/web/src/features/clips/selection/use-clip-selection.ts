import { useState } from 'react';
import type { ClipDto, ClipListInput } from '@hindsight/shared/clips/clip';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { extended, MAX_SELECTED, NOTHING_SELECTED, rangeTo, toggled } from './clip-selection.ts';
import { PAGE_CLIPS, pageOf } from '../library/use-clip-window.ts';

/** Keeps the clips that are selected in the library. A range may reach over clips that were never in view. */
export function useClipSelection(shown: Partial<ClipListInput>, total: number) {
  const utils = trpc.useUtils();
  const [selection, setSelection] = useState(NOTHING_SELECTED);
  const [isCollecting, setCollecting] = useState(false);

  async function collect(first: number, last: number): Promise<ClipDto[]> {
    const end = Math.min(last, total - 1, first + MAX_SELECTED - 1);
    const clips: ClipDto[] = [];
    for (let page = Math.floor(first / PAGE_CLIPS); page * PAGE_CLIPS <= end; page += 1) {
      const { items } = await utils.clip.list.fetch(pageOf(shown, page));
      clips.push(
        ...items.filter((_, index) => {
          const place = page * PAGE_CLIPS + index;
          return place >= first && place <= end;
        }),
      );
    }
    return clips;
  }

  async function extend(first: number, last: number): Promise<void> {
    setCollecting(true);
    try {
      const clips = await collect(first, last);
      setSelection((now) => extended(now, clips));
    } catch (error) {
      announceError(presentError(error));
    } finally {
      setCollecting(false);
    }
  }

  return {
    selection,
    isCollecting,
    toggle(clip: ClipDto, index: number, isRange: boolean): void {
      if (isRange && selection.anchor !== null) void extend(...rangeTo(selection, index));
      else setSelection((now) => toggled(now, clip, index));
    },
    selectAll: () => void extend(0, total - 1),
    clear: () => setSelection(NOTHING_SELECTED),
  };
}
