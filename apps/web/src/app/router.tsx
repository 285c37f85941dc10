import { createBrowserRouter } from 'react-router';
import { ErrorPage } from '../pages/error.page.tsx';
import { GuestsOnly, SignedInOnly } from '../pages/guards.tsx';
import { NotFoundPage } from '../pages/not-found.page.tsx';
import { PageSkeleton } from '../pages/page-skeleton.tsx';
import { pages } from './pages.ts';

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
            { path: '/sign-in', lazy: pages.signIn },
            { path: '/sign-up', lazy: pages.signUp },
          ],
        },
        {
          Component: SignedInOnly,
          children: [
            {
              lazy: pages.shell,
              children: [
                {
                  ErrorBoundary: ErrorPage,
                  children: [
                    { index: true, lazy: pages.home },
                    { path: '/c/:communityId', lazy: pages.community },
                    {
                      path: '/c/:communityId/settings',
                      lazy: pages.settings,
                      children: [
                        { index: true, lazy: pages.settingsStart },
                        { path: '*', Component: NotFoundPage },
                      ],
                    },
                    { path: '/c/:communityId/:channelId', lazy: pages.channel },
                    { path: '/clips', lazy: pages.clips },
                    { path: '/clips/:clipId', lazy: pages.clip },
                    { path: '/me', lazy: pages.me },
                    { path: '*', Component: NotFoundPage },
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
