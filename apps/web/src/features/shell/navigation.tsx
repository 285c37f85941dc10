import { Skeleton, Tooltip } from '@mantine/core';
import { IconMovie, IconUser, IconVolume } from '@tabler/icons-react';
import { NavLink } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community';
import { BrandMark } from '../../ui/brand.tsx';
import { PersonAvatar } from '../../ui/person-avatar.tsx';
import classes from './navigation.module.css';

/** The left rail: communities, my clips, me. */
export function Rail({
  communities,
  currentCommunityId,
  username,
}: {
  communities: CommunityDto[] | undefined;
  currentCommunityId: string | null;
  username: string;
}) {
  return (
    <div className={classes.rail}>
      <BrandMark size={32} />
      <span className={classes.rule} />
      {communities === undefined && <Skeleton h={44} w={44} />}
      {communities?.map(({ id, name }) => (
        <Tooltip key={id} label={name} position="right">
          <NavLink
            to={`/c/${id}`}
            className={classes.item}
            data-current={id === currentCommunityId || undefined}
            aria-label={name}
          >
            <PersonAvatar name={name} size={44} radius={12} />
          </NavLink>
        </Tooltip>
      ))}
      <span className={classes.rule} />
      <Tooltip label="My clips" position="right">
        <NavLink to="/clips" className={classes.item} aria-label="My clips">
          <span className={classes.icon}>
            <IconMovie size={22} />
          </span>
        </NavLink>
      </Tooltip>
      <span className={classes.space} />
      <Tooltip label={`${username}: preferences and account`} position="right">
        <NavLink to="/me" className={classes.item} aria-label="Me">
          <PersonAvatar name={username} size={36} />
        </NavLink>
      </Tooltip>
    </div>
  );
}

/** The bottom bar of phones. */
export function BottomBar({ channelsPath }: { channelsPath: string }) {
  const items = [
    { to: channelsPath, label: 'Channels', Icon: IconVolume },
    { to: '/clips', label: 'Clips', Icon: IconMovie },
    { to: '/me', label: 'Me', Icon: IconUser },
  ];
  return items.map(({ to, label, Icon }) => (
    <NavLink key={label} to={to} className={classes.tab}>
      <Icon size={22} aria-hidden />
      {label}
    </NavLink>
  ));
}
