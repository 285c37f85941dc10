/** How each page's code is loaded. */
export const pages = {
  signIn: async () => ({ Component: (await import('../pages/sign-in.page.tsx')).SignInPage }),
  signUp: async () => ({ Component: (await import('../pages/sign-up.page.tsx')).SignUpPage }),
  shell: async () => ({ Component: (await import('../pages/shell.page.tsx')).ShellPage }),
  home: async () => ({ Component: (await import('../pages/home.page.tsx')).HomePage }),
  community: async () => ({ Component: (await import('../pages/community.page.tsx')).CommunityPage }),
  channel: async () => ({ Component: (await import('../pages/channel.page.tsx')).ChannelPage }),
  settings: async () => ({
    Component: (await import('../pages/community-settings.page.tsx')).CommunitySettingsPage,
  }),
  settingsStart: async () => ({
    Component: (await import('../pages/community-settings.page.tsx')).SettingsStart,
  }),
  clips: async () => ({ Component: (await import('../pages/clips.page.tsx')).ClipsPage }),
  clip: async () => ({ Component: (await import('../pages/clip.page.tsx')).ClipPage }),
  me: async () => ({ Component: (await import('../pages/me.page.tsx')).MePage }),
};

/** Loads the pages that people go to from the shell ahead of time: they then open at once, and with the server away. */
export async function preloadPages(): Promise<void> {
  const { channel, clips, clip, me } = pages;
  // One that fails is loaded when it is opened.
  await Promise.allSettled([channel(), clips(), clip(), me()]);
}
