import { Menu, Title, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconDoorExit, IconSettings, IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useDispatch } from 'react-redux';
import { Link } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { dialogOpened } from '../../../domain/dialogs/dialogs.slice.ts';
import classes from './channel-list.module.css';
import { LeaveCommunityDialog } from '../leave-community-dialog.tsx';

/** Shows the community's name, and a menu of what a person can do with the community. */
export function CommunityHeader({
  community,
  hasSettings,
  onLeft,
}: {
  community: CommunityDto;
  /** When true, the person may open at least one page of its settings. */
  hasSettings: boolean;
  onLeft: () => void;
}) {
  const dispatch = useDispatch();
  const [isLeaving, setLeaving] = useState(false);
  const { id, name, actions } = community;
  return (
    <header className={classes.header}>
      <Menu position="bottom-start" width={224} withinPortal>
        <Title order={2} size="h3" className={classes.title}>
          <Menu.Target>
            <UnstyledButton className={classes.titleButton} title={name}>
              <span className={classes.name}>{name}</span>
              <IconChevronDown size={16} aria-hidden className={classes.titleIcon} />
            </UnstyledButton>
          </Menu.Target>
        </Title>
        <Menu.Dropdown>
          {actions.includes('MANAGE_COMMUNITY') && (
            <Menu.Item
              leftSection={<IconUserPlus size={16} aria-hidden />}
              onClick={() => dispatch(dialogOpened({ kind: 'invite-people', communityId: id }))}
            >
              Invite people
            </Menu.Item>
          )}
          {hasSettings && (
            <Menu.Item
              component={Link}
              to={`/c/${id}/settings`}
              leftSection={<IconSettings size={16} aria-hidden />}
            >
              Settings
            </Menu.Item>
          )}
          {(hasSettings || actions.includes('MANAGE_COMMUNITY')) && <Menu.Divider />}
          <Menu.Item
            color="red"
            leftSection={<IconDoorExit size={16} aria-hidden />}
            onClick={() => setLeaving(true)}
          >
            Leave community
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <LeaveCommunityDialog
        community={community}
        isOpen={isLeaving}
        onClose={() => setLeaving(false)}
        onLeft={onLeft}
      />
    </header>
  );
}
