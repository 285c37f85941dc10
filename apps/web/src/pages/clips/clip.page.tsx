import { Anchor } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { Link, useLocation, useNavigate, useParams } from 'react-router';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { useAppDispatch } from '../../store/hooks.ts';
import { ClipView } from '../../features/clips/viewer/clip-view.tsx';
import { dialogOpened } from '../../domain/dialogs/dialogs.slice.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { scrollParent } from '../../ui/scroll-parent.ts';
import classes from './clip.module.css';
import { ClipSkeleton } from './clip-skeleton.tsx';
import { NotFoundPage } from '../fallback/not-found.page.tsx';
import { SharedClipPage } from './shared-clip.tsx';

export function ClipPage() {
  const { clipId = '' } = useParams();
  const navigate = useNavigate();
  const dispatch = useAppDispatch();
  const page = useRef<HTMLDivElement>(null);
  const { data: clip, error, refetch } = trpc.clip.get.useQuery({ clipId });
  // The library may have been left far down.
  useEffect(() => {
    if (page.current !== null) scrollParent(page.current).scrollTop = 0;
  }, [clipId]);

  if (clip === undefined) {
    if (error === null) return <ClipSkeleton />;
    const presented = presentError(error);
    // A mistyped or shortened address is treated like a clip that is gone.
    if (presented.code === 'VALIDATION_FAILED') return <NotFoundPage />;
    if (presented.code === 'NOT_FOUND') return <SharedClipPage clipId={clipId} />;
    return <ErrorState error={presented} onRetry={() => void refetch()} />;
  }
  return (
    <div ref={page}>
      <title>{`${clip.title} · Hindsight`}</title>
      <BackToLibrary />
      <ClipView
        key={clip.id}
        clip={clip}
        onShare={() => dispatch(dialogOpened({ kind: 'share-clip', clipId: clip.id, title: clip.title }))}
        onExport={(atMs) => dispatch(dialogOpened({ kind: 'export', clipId: clip.id, atMs }))}
        onDeleted={() => void navigate('/clips', { replace: true })}
        onOpen={(id) => void navigate(`/clips/${id}`)}
      />
    </div>
  );
}

/** Leads people who came from the library back to where they left it, with its filters. */
function BackToLibrary() {
  const { state } = useLocation() as { state: unknown };
  const navigate = useNavigate();
  const isFromLibrary =
    typeof state === 'object' && state !== null && Reflect.get(state, 'isFromLibrary') === true;
  return (
    <Anchor
      component={Link}
      to="/clips"
      c="dimmed"
      className={classes.back}
      onClick={(event) => {
        if (!isFromLibrary) return;
        event.preventDefault();
        void navigate(-1);
      }}
    >
      <IconChevronLeft size={18} aria-hidden />
      My clips
    </Anchor>
  );
}
