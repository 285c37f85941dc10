import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { SharedClipView } from '../../features/chat/shared-clip/shared-clip-view.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { ClipSkeleton } from './clip-skeleton.tsx';
import { NotFoundPage } from '../fallback/not-found.page.tsx';

/** Shows a clip that isn't mine, if it was shared with me. */
export function SharedClipPage({ clipId }: { clipId: string }) {
  const { data: clip, error, refetch } = trpc.clip.getShared.useQuery({ clipId });
  if (error !== null && presentError(error).code === 'NOT_FOUND') return <NotFoundPage />;
  if (clip === undefined)
    return error === null ? (
      <ClipSkeleton />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  return (
    <>
      <title>{`${clip.title} · Hindsight`}</title>
      <SharedClipView clip={clip} />
    </>
  );
}
