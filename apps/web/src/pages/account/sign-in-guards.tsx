import { useEffect } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { trpc } from '../../api/trpc.ts';
import { presentError } from '../../api/present-error.ts';
import { preloadPages } from '../lazy-pages.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { PageSkeleton } from '../fallback/page-skeleton.tsx';
import { pathAfterSignIn } from './path-after-sign-in.ts';

/** Shows pages to people with an account, and leads everybody else to the sign-in page. */
export function SignedInOnly() {
  const { pathname, search } = useLocation();
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
        state={{ from: `${pathname}${search}` }}
        replace
      />
    );
  return <Outlet />;
}

/** Shows the sign-in pages to guests, and leads people who are signed in onwards. */
export function GuestsOnly() {
  const { state } = useLocation();
  const status = trpc.auth.status.useQuery();
  if (status.data?.user) return <Navigate to={pathAfterSignIn(state)} replace />;
  return <Outlet />;
}
