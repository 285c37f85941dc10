import type { Action } from '@hindsight/shared/permissions';

/** A page of a community's settings, at `/c/:communityId/settings/{path}`. */
export interface SettingsTab {
  path: string;
  label: string;
  /** Who may not do this does not see the page. */
  action: Action;
}

/** In the order in which they are shown. */
export const SETTINGS_TABS: readonly SettingsTab[] = [];

/** The pages of the settings that somebody with these actions may open. */
export function openSettingsTabs(actions: readonly Action[]): SettingsTab[] {
  return SETTINGS_TABS.filter(({ action }) => actions.includes(action));
}
