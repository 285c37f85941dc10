import { Stack } from '@mantine/core';
import { CommunityList } from '../../features/admin/community-list.tsx';
import { ServerSettings } from '../../features/admin/server-settings.tsx';

export function AdminServerPage() {
  return (
    <Stack gap={32}>
      <ServerSettings />
      <CommunityList />
    </Stack>
  );
}
