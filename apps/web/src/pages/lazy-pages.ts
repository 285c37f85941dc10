/** The table tells how each page's code is loaded. */
export const pages = {
  signIn: async () => ({ Component: (await import('./account/sign-in.page.tsx')).SignInPage }),
  signUp: async () => ({ Component: (await import('./account/sign-up.page.tsx')).SignUpPage }),
  publicClip: async () => ({ Component: (await import('./clips/public-clip.page.tsx')).PublicClipPage }),
  shell: async () => ({ Component: (await import('./shell/shell.page.tsx')).ShellPage }),
  invite: async () => ({ Component: (await import('./community/invite.page.tsx')).InvitePage }),
  home: async () => ({ Component: (await import('./community/home.page.tsx')).HomePage }),
  community: async () => ({ Component: (await import('./community/community.page.tsx')).CommunityPage }),
  channel: async () => ({ Component: (await import('./channel/channel.page.tsx')).ChannelPage }),
  settings: async () => ({
    Component: (await import('./settings/community-settings.page.tsx')).CommunitySettingsPage,
  }),
  settingsStart: async () => ({
    Component: (await import('./settings/community-settings.page.tsx')).SettingsStart,
  }),
  settingsOverview: async () => ({
    Component: (await import('./settings/settings-overview.page.tsx')).SettingsOverviewPage,
  }),
  settingsChannels: async () => ({
    Component: (await import('./settings/settings-channels.page.tsx')).SettingsChannelsPage,
  }),
  settingsInvites: async () => ({
    Component: (await import('./settings/settings-invites.page.tsx')).SettingsInvitesPage,
  }),
  settingsRoles: async () => ({
    Component: (await import('./settings/settings-roles.page.tsx')).SettingsRolesPage,
  }),
  settingsMembers: async () => ({
    Component: (await import('./settings/settings-members.page.tsx')).SettingsMembersPage,
  }),
  settingsReplay: async () => ({
    Component: (await import('./settings/settings-replay.page.tsx')).SettingsReplayPage,
  }),
  admin: async () => ({ Component: (await import('./admin/admin.page.tsx')).AdminPage }),
  adminServer: async () => ({ Component: (await import('./admin/admin-server.page.tsx')).AdminServerPage }),
  adminRecordings: async () => ({
    Component: (await import('../features/admin/running-recordings.tsx')).RunningRecordings,
  }),
  adminPeople: async () => ({ Component: (await import('../features/admin/people-list.tsx')).PeopleList }),
  messages: async () => ({ Component: (await import('./messages/messages.page.tsx')).MessagesPage }),
  conversation: async () => ({
    Component: (await import('./messages/conversation.page.tsx')).ConversationPage,
  }),
  clips: async () => ({ Component: (await import('./clips/clips.page.tsx')).ClipsPage }),
  clip: async () => ({ Component: (await import('./clips/clip.page.tsx')).ClipPage }),
  me: async () => ({ Component: (await import('./account/me.page.tsx')).MePage }),
};

/**
 * Loads the pages that people reach from the shell ahead of time: they then open at once, even while the server is
 * away.
 */
export async function preloadPages(): Promise<void> {
  const { channel, messages, conversation, clips, clip, me } = pages;
  // A page that fails to load now is loaded when it is opened.
  await Promise.allSettled([channel(), messages(), conversation(), clips(), clip(), me()]);
}
