import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { useAppDispatch } from '../../store/hooks.ts';
import { ReplayIllustration } from '../../domain/replay/replay-illustration.tsx';
import { ClipLibrary } from '../../features/clips/library/clip-library.tsx';
import { dialogOpened } from '../../domain/dialogs/dialogs.slice.ts';

export function ClipsPage() {
  const dispatch = useAppDispatch();
  return (
    <>
      <title>My clips · Hindsight</title>
      <ClipLibrary
        emptyPicture={<ReplayIllustration />}
        emptyAction={
          <Button component={Link} to="/" mt="sm">
            Join a voice channel
          </Button>
        }
        onExport={({ id }) => dispatch(dialogOpened({ kind: 'export', clipId: id, atMs: 0 }))}
        onShare={({ id, title }) => dispatch(dialogOpened({ kind: 'share-clip', clipId: id, title }))}
      />
    </>
  );
}
