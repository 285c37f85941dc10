import { Title } from '@mantine/core';
import { Outlet } from 'react-router';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import classes from '../tabs/tabbed-page.module.css';
import { NotFoundPage } from '../fallback/not-found.page.tsx';
import { PageSkeleton } from '../fallback/page-skeleton.tsx';
import { PageTabs } from '../tabs/page-tabs.tsx';

const TABS = [
  { path: 'server', label: 'Server' },
  { path: 'recordings', label: 'Recordings' },
  { path: 'people', label: 'People' },
];

/** Shows the frame of what instance admins set and see. Other people see nothing here. */
export function AdminPage() {
  const { data, error, refetch } = trpc.auth.status.useQuery();
  if (data === undefined)
    return error === null ? (
      <PageSkeleton />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  if (data.user?.isInstanceAdmin !== true) return <NotFoundPage />;
  return (
    <div className={classes.page}>
      <title>Server · Hindsight</title>
      <Title order={1} size="h2">
        This server
      </Title>
      <PageTabs label="Server" tabs={TABS} />
      <Outlet />
    </div>
  );
}
