import { InviteSettings } from '../../features/communities/invites/invite-settings.tsx';
import { useSettingsCommunity } from './use-settings-community.ts';

export function SettingsInvitesPage() {
  return <InviteSettings communityId={useSettingsCommunity().id} />;
}
