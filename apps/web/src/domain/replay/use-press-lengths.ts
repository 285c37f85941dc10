import {
  DEFAULT_PRESS_LENGTHS,
  type PressLengths,
  type PressLengthsUpdate,
} from '@hindsight/shared/replay/lengths';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';

/** Returns the lengths that this person saves with one press; until they are known, those with which accounts begin. */
export function usePressLengths(): PressLengths {
  const { data } = trpc.replay.lengths.useQuery(undefined, { staleTime: Infinity });
  return data ?? DEFAULT_PRESS_LENGTHS;
}

/** Changes them for all browsers and programs of this person. The change is shown before the server has answered. */
export function useChangePressLengths(): (changes: PressLengthsUpdate) => void {
  const utils = trpc.useUtils();
  const update = trpc.replay.updateLengths.useMutation({
    onMutate(changes) {
      void utils.replay.lengths.cancel();
      utils.replay.lengths.setData(undefined, (known) => ({
        ...DEFAULT_PRESS_LENGTHS,
        ...known,
        ...changes,
      }));
    },
    onSuccess: (lengths) => utils.replay.lengths.setData(undefined, lengths),
    onError(error) {
      announceError(presentError(error));
      void utils.replay.lengths.invalidate();
    },
  });
  return (changes) => update.mutate(changes);
}
