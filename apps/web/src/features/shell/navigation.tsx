import { Skeleton, Tooltip, UnstyledButton } from '@mantine/core';
import { IconMessages, IconMovie, IconPlus, IconServerCog, IconUser, IconVolume } from '@tabler/icons-react';
import { NavLink } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { BrandMark } from '../../ui/brand.tsx';
import { PersonAvatar } from '../../domain/people/person-avatar.tsx';
import { UnreadBadge } from '../../domain/messages/unread-badge.tsx';
import classes from './navigation.module.css';

/** Shows the left rail: communities, direct messages, my clips, the server for its admins, me. */
export function Rail({
  communities,
  currentCommunityId,
  username,
  isInstanceAdmin,
  onAddCommunity,
  unreadMessages,
  unreadInCommunity,
}: {
  communities: CommunityDto[] | undefined;
  currentCommunityId: string | null;
  username: string;
  isInstanceAdmin: boolean;
  onAddCommunity: () => void;
  /** The number counts messages in conversations. */
  unreadMessages: number;
  unreadInCommunity: (community: CommunityDto) => number;
}) {
  return (
    <div className={classes.rail}>
      <BrandMark size={32} />
      <span className={classes.rule} />
      {communities === undefined && <Skeleton h={44} w={44} />}
      {communities?.map((community) => {
        const { id, name } = community;
        const unread = unreadInCommunity(community);
        return (
          <Tooltip key={id} label={name} position="right">
            <NavLink
              to={`/c/${id}`}
              className={classes.item}
              data-current={id === currentCommunityId || undefined}
            >
              <span aria-hidden>
                <PersonAvatar name={name} size={44} radius={12} />
                <UnreadBadge count={unread} isOnIcon />
              </span>
              <span className="visually-hidden">{withUnread(name, unread)}</span>
            </NavLink>
          </Tooltip>
        );
      })}
      <Tooltip label="Add a community" position="right">
        <UnstyledButton className={classes.item} aria-label="Add a community" onClick={onAddCommunity}>
          <span className={classes.icon}>
            <IconPlus size={22} />
          </span>
        </UnstyledButton>
      </Tooltip>
      <span className={classes.rule} />
      <Tooltip label="Messages" position="right">
        <NavLink to="/dm" className={classes.item}>
          <span aria-hidden>
            <span className={classes.icon}>
              <IconMessages size={22} />
            </span>
            <UnreadBadge count={unreadMessages} isOnIcon />
          </span>
          <span className="visually-hidden">{withUnread('Messages', unreadMessages)}</span>
        </NavLink>
      </Tooltip>
      <Tooltip label="My clips" position="right">
        <NavLink to="/clips" className={classes.item} aria-label="My clips">
          <span className={classes.icon}>
            <IconMovie size={22} />
          </span>
        </NavLink>
      </Tooltip>
      <span className={classes.space} />
      {isInstanceAdmin && (
        <Tooltip label="Administration of this server" position="right">
          <NavLink to="/admin" className={classes.item} aria-label="Administration">
            <span className={classes.icon}>
              <IconServerCog size={22} />
            </span>
          </NavLink>
        </Tooltip>
      )}
      <Tooltip label={`${username}: preferences and account`} position="right">
        <NavLink to="/me" className={classes.item} aria-label="Me">
          <PersonAvatar name={username} size={36} />
        </NavLink>
      </Tooltip>
    </div>
  );
}

/** Shows the bottom bar of phones. */
export function BottomBar({
  channelsPath,
  unreadMessages,
  unreadInChannels,
}: {
  channelsPath: string;
  unreadMessages: number;
  unreadInChannels: number;
}) {
  const items = [
    { to: channelsPath, label: 'Channels', Icon: IconVolume, unread: unreadInChannels },
    { to: '/clips', label: 'Clips', Icon: IconMovie, unread: 0 },
    { to: '/dm', label: 'Messages', Icon: IconMessages, unread: unreadMessages },
    { to: '/me', label: 'Me', Icon: IconUser, unread: 0 },
  ];
  return items.map(({ to, label, Icon, unread }) => (
    <NavLink key={label} to={to} className={classes.tab}>
      <span className={classes.tabIcon} aria-hidden>
        <Icon size={22} />
        <UnreadBadge count={unread} isOnIcon />
      </span>
      <span aria-hidden>{label}</span>
      <span className="visually-hidden">{withUnread(label, unread)}</span>
    </NavLink>
  ));
}

/** Returns a name as a screen reader says it. */
function withUnread(name: string, count: number): string {
  return count === 0 ? name : `${name}, ${count} unread`;
}
