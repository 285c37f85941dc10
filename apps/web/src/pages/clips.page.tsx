import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { useAppDispatch } from '../store/hooks.ts';
import { ReplaySketch } from '../features/auth/replay-sketch.tsx';
import { ClipLibrary } from '../features/clips/clip-library.tsx';
import { dialogOpened } from '../ui/dialogs.slice.ts';

export function ClipsPage() {
  const dispatch = useAppDispatch();
  return (
    <>
      <title>My clips · Hindsight</title>
      <ClipLibrary
        emptyPicture={<ReplaySketch />}
        emptyAction={
          <Button component={Link} to="/" mt="sm">
            Join a voice channel
          </Button>
        }
        onShare={({ id, title }) => dispatch(dialogOpened({ kind: 'share-clip', clipId: id, title }))}
      />
    </>
  );
}
