import { Center, Stack, Text, Title } from '@mantine/core';
import { Navigate } from 'react-router';
import { presentError } from '../api/present-error.ts';
import { trpc } from '../api/trpc.ts';
import { ErrorState } from '../ui/error-state.tsx';
import { PageSkeleton } from './page-skeleton.tsx';

/** Leads to the first community. */
export function HomePage() {
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
      <Stack gap="xs" ta="center" maw={400}>
        <Title order={1} size="h2">
          You are in no community yet
        </Title>
        <Text c="dimmed">Ask somebody who runs one to add you.</Text>
      </Stack>
    </Center>
  );
}
