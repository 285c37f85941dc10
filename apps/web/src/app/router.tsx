import { createBrowserRouter, Navigate } from 'react-router';
import { ErrorPage } from '../pages/fallback/error.page.tsx';
import { GuestsOnly, SignedInOnly } from '../pages/account/sign-in-guards.tsx';
import { NotFoundPage } from '../pages/fallback/not-found.page.tsx';
import { PageSkeleton } from '../pages/fallback/page-skeleton.tsx';
import { pages } from '../pages/lazy-pages.ts';

/** Makes the router with all pages. Each page is loaded when it is first opened, so that signing in needs little. */
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
        { path: '/l/:token', lazy: pages.publicClip },
        { path: '/invite/:code', lazy: pages.invite },
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
                        { path: 'overview', lazy: pages.settingsOverview },
                        { path: 'channels', lazy: pages.settingsChannels },
                        { path: 'invites', lazy: pages.settingsInvites },
                        { path: 'roles', lazy: pages.settingsRoles },
                        { path: 'members', lazy: pages.settingsMembers },
                        { path: 'replay', lazy: pages.settingsReplay },
                        { path: '*', Component: NotFoundPage },
                      ],
                    },
                    { path: '/c/:communityId/:channelId', lazy: pages.channel },
                    { path: '/dm', lazy: pages.messages },
                    { path: '/dm/:conversationId', lazy: pages.conversation },
                    { path: '/clips', lazy: pages.clips },
                    { path: '/clips/:clipId', lazy: pages.clip },
                    { path: '/me', lazy: pages.me },
                    {
                      path: '/admin',
                      lazy: pages.admin,
                      children: [
                        { index: true, element: <Navigate to="server" replace /> },
                        { path: 'server', lazy: pages.adminServer },
                        { path: 'recordings', lazy: pages.adminRecordings },
                        { path: 'people', lazy: pages.adminPeople },
                        { path: '*', Component: NotFoundPage },
                      ],
                    },
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
