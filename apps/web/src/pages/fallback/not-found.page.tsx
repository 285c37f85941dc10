import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { IconMapPinOff } from '@tabler/icons-react';
import { Link } from 'react-router';

export function NotFoundPage() {
  return (
    <Center mih="60dvh" p="lg">
      <title>Not found · Hindsight</title>
      <Stack align="center" gap="xs" ta="center" maw={420}>
        <IconMapPinOff size={36} stroke={1.5} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title order={1} size="h2">
          Nothing here
        </Title>
        <Text c="dimmed">The address may be wrong, or the page is gone or not yours to see.</Text>
        <Button component={Link} to="/" variant="default" mt="sm">
          Go to start
        </Button>
      </Stack>
    </Center>
  );
}
