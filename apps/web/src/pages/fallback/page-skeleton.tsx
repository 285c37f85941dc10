import { Box, Skeleton, Stack } from '@mantine/core';

/** Holds the place of a page while its code or first data arrives. */
export function PageSkeleton() {
  return (
    <Box p="lg" aria-busy="true" aria-label="Loading">
      <Stack gap="md" maw={720}>
        <Skeleton h={28} w={220} />
        <Skeleton h={160} />
        <Skeleton h={16} w="60%" />
      </Stack>
    </Box>
  );
}
