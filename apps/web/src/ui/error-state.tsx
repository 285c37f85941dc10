import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import type { PresentedError } from '../api/present-error.ts';

/**
 * Stands in place of content that could not be loaded: it says what happened and what to do, with the button that does
 * it.
 */
export function ErrorState({ error, onRetry }: { error: PresentedError; onRetry?: () => void }) {
  return (
    <Center mih={320} p="lg">
      <Stack align="center" gap="xs" maw={420} ta="center" role="alert">
        <IconPlugConnectedX size={36} stroke={1.5} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title order={2} size="h3">
          {error.text}
        </Title>
        <Text c="dimmed">{error.remedy}</Text>
        {error.errorId !== null && (
          <Text c="dimmed" size="xs" className="tabular">
            Error id: {error.errorId}
          </Text>
        )}
        {onRetry !== undefined && (
          <Button mt="sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Center>
  );
}
