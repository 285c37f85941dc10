import { OverviewSettings } from '../../features/communities/overview-settings.tsx';
import { useSettingsCommunity } from './use-settings-community.ts';

export function SettingsOverviewPage() {
  return <OverviewSettings community={useSettingsCommunity()} />;
}
