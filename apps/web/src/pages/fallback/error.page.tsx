import { Button, Center, Group, Stack, Text, Title } from '@mantine/core';
import { Link, useRouteError } from 'react-router';
import { NotFoundPage } from './not-found.page.tsx';

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'status') === 404;
}

/**
 * Stands in place of a page that threw. After an update of the server the old page's code is gone, and loading again
 * helps.
 */
export function ErrorPage() {
  const error = useRouteError();
  if (isMissing(error)) return <NotFoundPage />;
  return (
    <Center mih="60dvh" p="lg">
      <Stack align="center" gap="xs" maw={440} ta="center" role="alert">
        <Title order={1} size="h2">
          This page broke
        </Title>
        <Text c="dimmed">
          Loading it again usually helps. Recordings and clips that are being saved are not affected.
        </Text>
        {error instanceof Error && (
          <Text c="dimmed" size="xs" ff="monospace">
            {error.message}
          </Text>
        )}
        <Group mt="sm">
          <Button onClick={() => window.location.reload()}>Load again</Button>
          <Button variant="default" component={Link} to="/" reloadDocument>
            Go to start
          </Button>
        </Group>
      </Stack>
    </Center>
  );
}
