import { Stack } from '@mantine/core';
import { ReplaySettings } from '../../features/admin/replay-settings.tsx';
import { RunningRecordings } from '../../features/admin/running-recordings.tsx';
import { useSettingsCommunity } from './use-settings-community.ts';

export function SettingsReplayPage() {
  const { id } = useSettingsCommunity();
  return (
    <Stack gap={32}>
      <ReplaySettings communityId={id} />
      <RunningRecordings communityId={id} />
    </Stack>
  );
}
