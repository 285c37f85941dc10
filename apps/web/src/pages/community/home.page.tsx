import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { Navigate } from 'react-router';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { useAppDispatch } from '../../store/hooks.ts';
import { dialogOpened } from '../../domain/dialogs/dialogs.slice.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { PageSkeleton } from '../fallback/page-skeleton.tsx';

/** Leads to the first community. */
export function HomePage() {
  const dispatch = useAppDispatch();
  const { data, error, refetch } = trpc.community.list.useQuery();
  const first = data?.[0];
  if (first !== undefined) return <Navigate to={`/c/${first.id}`} replace />;
  if (data === undefined)
    return error === null ? (
      <PageSkeleton />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  return (
    <Center mih="60dvh" p="lg">
      <Stack gap="xs" align="center" ta="center" maw={400}>
        <Title order={1} size="h2">
          You are in no community yet
        </Title>
        <Text c="dimmed">Make one for your friends, or follow an invite link that somebody sent you.</Text>
        <Button mt="sm" onClick={() => dispatch(dialogOpened({ kind: 'add-community' }))}>
          Add a community
        </Button>
      </Stack>
    </Center>
  );
}
