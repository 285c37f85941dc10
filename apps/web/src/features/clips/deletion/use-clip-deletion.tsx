import { notifications } from '@mantine/notifications';
import { CLIP_UNDO_MS, MAX_CLIPS_AT_ONCE, type ClipDto } from '@hindsight/shared/clips/clip';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatBytes } from '../../../format/format-bytes.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { UndoNotice } from '../../../ui/undo-notice.tsx';
import { useClipCache } from '../cache/use-clip-cache.ts';

export type DeletedClip = Pick<ClipDto, 'id' | 'title' | 'status'>;

function inBatches<T>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let start = 0; start < items.length; start += MAX_CLIPS_AT_ONCE)
    batches.push(items.slice(start, start + MAX_CLIPS_AT_ONCE));
  return batches;
}

/** Deletes clips at once, and offers for ten seconds to undo it. */
export function useClipDeletion() {
  const { client } = trpc.useUtils();
  const cache = useClipCache();

  async function undo(clipIds: readonly string[]): Promise<void> {
    try {
      for (const batch of inBatches(clipIds))
        cache.restored((await client.clip.restore.mutate({ clipIds: batch })).clips);
    } catch (error) {
      announceError(presentError(error));
      cache.refresh();
    }
  }

  /**
   * Deletes the clips.
   * @returns whether they are deleted; if not, the error has been announced
   */
  return async function deleteClips(clips: readonly DeletedClip[]): Promise<boolean> {
    let freedBytes = 0;
    try {
      for (const batch of inBatches(clips.map(({ id }) => id))) {
        freedBytes += (await client.clip.removeMany.mutate({ clipIds: batch })).freedBytes;
        cache.removed(...batch);
      }
    } catch (error) {
      announceError(presentError(error));
      cache.refresh();
      return false;
    }
    const undoable = clips.filter(({ status }) => status === 'READY').map(({ id }) => id);
    showNotice(clips, freedBytes, undoable.length === 0 ? null : () => void undo(undoable));
    return true;
  };
}

function showNotice(clips: readonly DeletedClip[], freedBytes: number, onUndo: (() => void) | null): void {
  const [first] = clips;
  if (first === undefined) return;
  const id = `deleted-${first.id}-${clips.length}`;
  const message = freedBytes > 0 ? `${formatBytes(freedBytes)} freed.` : 'Nothing of it is kept.';
  notifications.show({
    id,
    title: clips.length === 1 ? `“${first.title}” deleted` : `${clips.length} clips deleted`,
    color: 'gray',
    autoClose: CLIP_UNDO_MS,
    message: onUndo === null ? message : <UndoNotice id={id} message={message} onUndo={onUndo} />,
  });
}
