import { createBrowserRouter } from 'react-router';
import { ErrorPage } from '../pages/error.page.tsx';
import { GuestsOnly, SignedInOnly } from '../pages/guards.tsx';
import { NotFoundPage } from '../pages/not-found.page.tsx';
import { PageSkeleton } from '../pages/page-skeleton.tsx';

/** All pages. Each is loaded when it is first opened, so that signing in needs little. */
export function createAppRouter() {
  return createBrowserRouter([
    {
      ErrorBoundary: ErrorPage,
      HydrateFallback: PageSkeleton,
      children: [
        {
          Component: GuestsOnly,
          children: [
            {
              path: '/sign-in',
              lazy: async () => ({ Component: (await import('../pages/sign-in.page.tsx')).SignInPage }),
            },
            {
              path: '/sign-up',
              lazy: async () => ({ Component: (await import('../pages/sign-up.page.tsx')).SignUpPage }),
            },
          ],
        },
        {
          Component: SignedInOnly,
          children: [
            {
              lazy: async () => ({ Component: (await import('../pages/shell.page.tsx')).ShellPage }),
              children: [
                {
                  ErrorBoundary: ErrorPage,
                  children: [
                    {
                      index: true,
                      lazy: async () => ({ Component: (await import('../pages/home.page.tsx')).HomePage }),
                    },
                    {
                      path: '/c/:communityId',
                      lazy: async () => ({
                        Component: (await import('../pages/community.page.tsx')).CommunityPage,
                      }),
                    },
                    {
                      path: '/c/:communityId/:channelId',
                      lazy: async () => ({
                        Component: (await import('../pages/channel.page.tsx')).ChannelPage,
                      }),
                    },
                    {
                      path: '/clips',
                      lazy: async () => ({ Component: (await import('../pages/clips.page.tsx')).ClipsPage }),
                    },
                    {
                      path: '/clips/:clipId',
                      lazy: async () => ({ Component: (await import('../pages/clip.page.tsx')).ClipPage }),
                    },
                    {
                      path: '/me',
                      lazy: async () => ({ Component: (await import('../pages/me.page.tsx')).MePage }),
                    },
                    {
                      path: '*',
                      Component: NotFoundPage,
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  ]);
}
