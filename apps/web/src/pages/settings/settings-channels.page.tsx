import { ChannelSettings } from '../../features/communities/channels/channel-settings.tsx';
import { useSettingsCommunity } from './use-settings-community.ts';

export function SettingsChannelsPage() {
  return <ChannelSettings community={useSettingsCommunity()} />;
}
