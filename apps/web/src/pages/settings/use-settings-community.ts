import { useOutletContext } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community/community';

/** Returns the community whose settings a page below CommunitySettingsPage shows. The caller may open that page. */
export function useSettingsCommunity(): CommunityDto {
  return useOutletContext<CommunityDto>();
}
