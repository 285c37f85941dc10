import { useDispatch } from 'react-redux';
import { CLIP_UNDO_MS } from '@hindsight/shared/clips/clip';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { captureSettled } from '../session/replay.slice.ts';

/** Undoes a capture: an unfinished one is cancelled, a saved one is deleted. */
export function useUndoCapture(key: string): { undo: (clipId: string) => void; isUndoing: boolean } {
  const dispatch = useDispatch();
  const utils = trpc.useUtils();
  const remove = trpc.clip.remove.useMutation({
    onSuccess({ undoUntil }, { clipId }) {
      // The clocks of server and browser are never compared.
      const restorableUntilMs = undoUntil === null ? null : Date.now() + CLIP_UNDO_MS;
      dispatch(captureSettled({ key, outcome: { kind: 'undone', clipId, restorableUntilMs } }));
      void utils.clip.list.invalidate();
      void utils.quota.mine.invalidate();
      // When it had started the buffer afresh, what came before it can be saved again.
      void utils.replay.mine.invalidate();
    },
    onError: (error) => announceError(presentError(error)),
  });
  return { undo: (clipId) => remove.mutate({ clipId }), isUndoing: remove.isPending };
}
