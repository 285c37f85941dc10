import { trpc } from '../../api/trpc.ts';
import { MembersPanel } from '../../features/roles/members-panel.tsx';
import { useSettingsCommunity } from './use-settings-community.ts';

export function SettingsMembersPage() {
  const { id, actions } = useSettingsCommunity();
  const { data } = trpc.auth.status.useQuery();
  return <MembersPanel communityId={id} myUserId={data?.user?.id ?? null} myActions={actions} />;
}
