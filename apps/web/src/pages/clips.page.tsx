import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { ClipLibrary } from '../features/clips/clip-library.tsx';

export function ClipsPage() {
  return (
    <>
      <title>My clips · Hindsight</title>
      <ClipLibrary
        emptyAction={
          <Button component={Link} to="/" mt="sm">
            Join a voice channel
          </Button>
        }
      />
    </>
  );
}
