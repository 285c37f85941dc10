import { useOutletContext } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community';

/** The community whose settings a page below CommunitySettingsPage shows; the caller may open that page. */
export function useSettingsCommunity(): CommunityDto {
  return useOutletContext<CommunityDto>();
}
