import { Anchor } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from 'react-router';
import { presentError } from '../api/present-error.ts';
import { trpc } from '../api/trpc.ts';
import { ClipView } from '../features/clips/clip-view.tsx';
import { ErrorState } from '../ui/error-state.tsx';
import { NotFoundPage } from './not-found.page.tsx';
import { PageSkeleton } from './page-skeleton.tsx';

export function ClipPage() {
  const { clipId = '' } = useParams();
  const navigate = useNavigate();
  const { data: clip, error, refetch } = trpc.clip.get.useQuery({ clipId });
  if (clip === undefined) {
    if (error === null) return <PageSkeleton />;
    const presented = presentError(error);
    // An address that was typed or shortened is as missing as a clip that is gone.
    if (presented.code === 'NOT_FOUND' || presented.code === 'VALIDATION_FAILED') return <NotFoundPage />;
    return <ErrorState error={presented} onRetry={() => void refetch()} />;
  }
  return (
    <>
      <title>{`${clip.title} · Hindsight`}</title>
      <Anchor
        component={Link}
        to="/clips"
        c="dimmed"
        display="inline-flex"
        style={{ alignItems: 'center', gap: 4, padding: '16px 24px 0' }}
      >
        <IconChevronLeft size={18} aria-hidden />
        My clips
      </Anchor>
      <ClipView clip={clip} onDeleted={() => void navigate('/clips', { replace: true })} />
    </>
  );
}
