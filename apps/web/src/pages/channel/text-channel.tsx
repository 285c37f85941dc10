import { Text, Title } from '@mantine/core';
import { IconChevronLeft, IconHash } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { ChannelDto, CommunityDto } from '@hindsight/shared/community/community';
import { trpc } from '../../api/trpc.ts';
import { ChatView } from '../../features/chat/chat-view.tsx';
import { PageSkeleton } from '../fallback/page-skeleton.tsx';
import classes from '../messages/messages.module.css';

/** Shows a text channel: its messages and the composer. */
export function TextChannel({ channel, community }: { channel: ChannelDto; community: CommunityDto }) {
  const { data: status } = trpc.auth.status.useQuery();
  const me = status?.user;
  if (!me) return <PageSkeleton />;
  return (
    <div className={classes.page}>
      <title>{`${channel.name} · Hindsight`}</title>
      <header className={classes.header}>
        <Link to={`/c/${channel.communityId}`} className={classes.back} aria-label="Back to the channels">
          <IconChevronLeft size={22} />
        </Link>
        <IconHash size={20} aria-hidden className={classes.headerIcon} />
        <Title order={1} size="h3" className={classes.name}>
          {channel.name}
        </Title>
      </header>
      <ChatView
        target={{ channelId: channel.id }}
        name={`#${channel.name}`}
        me={me}
        canWrite={community.actions.includes('SEND_MESSAGES')}
        cannotWrite="You can read here, but your roles don’t let you write. Ask an admin of the community for one that does."
        isModerator={community.actions.includes('MANAGE_CHANNELS')}
        start={
          <div className={classes.start}>
            <span className={classes.startIcon}>
              <IconHash size={30} aria-hidden />
            </span>
            <Title order={2}>This is the start of #{channel.name}</Title>
            <Text c="dimmed">Write something, or attach one of your clips.</Text>
          </div>
        }
      />
    </div>
  );
}
