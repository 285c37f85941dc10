import { lazy, Suspense } from 'react';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { dialogClosed } from '../../domain/dialogs/dialogs.slice.ts';

const ShareClip = lazy(async () => ({ default: (await import('./share-clip.dialog.tsx')).ShareClip }));

const AddCommunity = lazy(async () => ({
  default: (await import('../../features/communities/add-community-dialog.tsx')).AddCommunityDialog,
}));
const InvitePeople = lazy(async () => ({
  default: (await import('../../features/communities/invites/invite-dialog.tsx')).InviteDialog,
}));

const ExportClip = lazy(async () => ({
  default: (await import('../../features/exports/export-dialog.tsx')).ExportDialog,
}));

const CaptureFromBuffer = lazy(async () => ({
  default: (await import('./capture.dialog.tsx')).CaptureFromBuffer,
}));

/** Shows the dialog that a feature has asked for. Each is loaded when it is first opened. */
export function OpenDialogView() {
  const dispatch = useAppDispatch();
  const close = () => dispatch(dialogClosed());
  const open = useAppSelector((state) => state.dialogs.open);
  switch (open?.kind) {
    case 'share-clip':
      return (
        <Suspense>
          <ShareClip key={open.clipId} clipId={open.clipId} title={open.title} />
        </Suspense>
      );
    case 'add-community':
      return (
        <Suspense>
          <AddCommunity onClose={close} />
        </Suspense>
      );
    case 'invite-people':
      return (
        <Suspense>
          <InvitePeople key={open.communityId} communityId={open.communityId} onClose={close} />
        </Suspense>
      );
    case 'export':
      return (
        <Suspense>
          <ExportClip key={open.clipId} clipId={open.clipId} atMs={open.atMs} onClose={close} />
        </Suspense>
      );
    case 'capture':
      return (
        <Suspense>
          <CaptureFromBuffer key={open.channelId} channelId={open.channelId} />
        </Suspense>
      );
    case undefined:
      return null;
  }
}
