import { RolesPanel } from '../../features/roles/roles-panel.tsx';
import { useSettingsCommunity } from './use-settings-community.ts';

export function SettingsRolesPage() {
  const { id, actions } = useSettingsCommunity();
  return <RolesPanel communityId={id} myActions={actions} />;
}
