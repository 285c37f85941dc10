import { Stack } from '@mantine/core';
import { CommunityList } from '../../features/admin/community-list.tsx';
import { RegistrationSettings } from '../../features/admin/server-settings.tsx';

export function AdminServerPage() {
  return (
    <Stack gap={32}>
      <RegistrationSettings />
      <CommunityList />
    </Stack>
  );
}
