import { useState } from 'react';
import { useClipDeletion, type DeletedClip } from './use-clip-deletion.tsx';

/** Deletes clips: at once where it can be undone, after a question where it can't. */
export function useConfirmedDeletion(onDeleted: () => void) {
  const deleteClips = useClipDeletion();
  const [asking, setAsking] = useState<readonly DeletedClip[] | null>(null);
  const [isDeleting, setDeleting] = useState(false);

  async function run(clips: readonly DeletedClip[]): Promise<void> {
    setDeleting(true);
    const isDone = await deleteClips(clips);
    setDeleting(false);
    setAsking(null);
    if (isDone) onDeleted();
  }

  return {
    isDeleting,
    ask(clips: readonly DeletedClip[]): void {
      if (clips.every(({ status }) => status === 'READY')) void run(clips);
      else setAsking(clips);
    },
    /** These are the props of the dialog that asks. */
    dialog: {
      clips: asking,
      isDeleting,
      onClose: () => setAsking(null),
      onConfirm: () => asking !== null && void run(asking),
    },
  };
}
