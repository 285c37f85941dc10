import { useEffect } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { trpc } from '../api/trpc.ts';
import { presentError } from '../api/present-error.ts';
import { preloadPages } from '../app/pages.ts';
import { ErrorState } from '../ui/error-state.tsx';
import { PageSkeleton } from './page-skeleton.tsx';

/** Where a person wanted to go before they had to sign in. Only our own paths, never an address from a link. */
function wantedPath(state: unknown): string {
  const from: unknown = typeof state === 'object' && state !== null ? Reflect.get(state, 'from') : undefined;
  return typeof from === 'string' && /^\/(?!\/)/.test(from) ? from : '/';
}

/** Pages for people with an account; others are led to the door. */
export function SignedInOnly() {
  const { pathname } = useLocation();
  const status = trpc.auth.status.useQuery();
  const isSignedIn = status.data !== undefined && status.data.user !== null;
  useEffect(() => {
    if (isSignedIn) void preloadPages();
  }, [isSignedIn]);

  if (status.data === undefined)
    return status.isError ? (
      <ErrorState error={presentError(status.error)} onRetry={() => void status.refetch()} />
    ) : (
      <PageSkeleton />
    );
  if (status.data.user === null)
    return (
      <Navigate
        to={status.data.isFirstAccount ? '/sign-up' : '/sign-in'}
        state={{ from: pathname }}
        replace
      />
    );
  return <Outlet />;
}

/** The door itself: who is signed in is led on. */
export function GuestsOnly() {
  const { state } = useLocation();
  const status = trpc.auth.status.useQuery();
  if (status.data?.user) return <Navigate to={wantedPath(state)} replace />;
  return <Outlet />;
}
