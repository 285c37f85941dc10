import { Text, Title } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { Link, Navigate, Outlet, useMatch, useParams } from 'react-router';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import classes from '../tabs/tabbed-page.module.css';
import { NotFoundPage } from '../fallback/not-found.page.tsx';
import { PageSkeleton } from '../fallback/page-skeleton.tsx';
import { PageTabs } from '../tabs/page-tabs.tsx';
import { openSettingsTabs } from './settings-tabs.ts';

/**
 * Shows the frame of a community's settings. Its pages are tabs, and take the community from `useSettingsCommunity`.
 */
export function CommunitySettingsPage() {
  const { communityId } = useParams();
  const { tab } = useMatch('/c/:communityId/settings/:tab/*')?.params ?? {};
  const { data, error, refetch } = trpc.community.list.useQuery();
  if (data === undefined)
    return error === null ? (
      <PageSkeleton />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  const community = data.find(({ id }) => id === communityId);
  const tabs = openSettingsTabs(community?.actions ?? []);
  const isOpen = tab === undefined ? tabs.length > 0 : tabs.some(({ path }) => path === tab);
  if (community === undefined || !isOpen) return <NotFoundPage />;

  return (
    <div className={classes.page}>
      <title>{`Settings of ${community.name} · Hindsight`}</title>
      <header className={classes.head}>
        <Link to={`/c/${community.id}`} className={classes.back} aria-label="Back to the channels">
          <IconChevronLeft size={22} />
        </Link>
        <div className={classes.titles}>
          <Title order={1} size="h2">
            Settings
          </Title>
          <Text c="dimmed" truncate>
            {community.name}
          </Text>
        </div>
      </header>
      <PageTabs label="Settings" tabs={tabs} />
      <Outlet context={community} />
    </div>
  );
}

/** Leads from the settings to the first page that the person may open. */
export function SettingsStart() {
  const { communityId } = useParams();
  const { data } = trpc.community.list.useQuery();
  const [first] = openSettingsTabs(data?.find(({ id }) => id === communityId)?.actions ?? []);
  return first === undefined ? null : <Navigate to={first.path} replace />;
}
