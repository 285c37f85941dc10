import type { Action } from '@hindsight/shared/community/permissions';

/** This is a page of a community's settings, at `/c/:communityId/settings/{path}`. */
export interface SettingsTab {
  path: string;
  label: string;
  /** People who may do none of these do not see the page. */
  actions: readonly Action[];
}

/** The tabs are in the order in which they are shown. */
const SETTINGS_TABS: readonly SettingsTab[] = [
  { path: 'overview', label: 'Overview', actions: ['MANAGE_COMMUNITY'] },
  { path: 'channels', label: 'Channels', actions: ['MANAGE_CHANNELS'] },
  { path: 'invites', label: 'Invites', actions: ['MANAGE_COMMUNITY'] },
  { path: 'roles', label: 'Roles', actions: ['MANAGE_ROLES'] },
  { path: 'members', label: 'Members', actions: ['MANAGE_ROLES', 'MANAGE_COMMUNITY'] },
  { path: 'replay', label: 'Replay', actions: ['MANAGE_REPLAY_LIMITS'] },
];

/** Returns the pages of the settings that somebody with these actions may open. */
export function openSettingsTabs(mine: readonly Action[]): SettingsTab[] {
  return SETTINGS_TABS.filter(({ actions }) => actions.some((action) => mine.includes(action)));
}
