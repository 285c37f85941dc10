import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { NavLink } from 'react-router';
import type { ChannelDto } from '@hindsight/shared/community/community';
import { IconButton } from '../../../ui/icon-button.tsx';
import { UnreadBadge } from '../../../domain/messages/unread-badge.tsx';
import { ChannelIcon } from './channel-icon.tsx';
import classes from './channel-list.module.css';

/** These are the people in a voice channel, and how many they are. */
export interface PeopleBeneath {
  count: number;
  list: ReactNode;
}

/**
 * Shows a channel in the column. The people beneath it can be folded away; their number then stands beside its name.
 */
export function ChannelRow({
  channel,
  unread,
  people,
  tools,
}: {
  channel: ChannelDto;
  unread: number;
  /** The value is null for a text channel. */
  people: PeopleBeneath | null;
  tools: ReactNode;
}) {
  const [isFolded, setFolded] = useState(false);
  const count = people?.count ?? 0;
  const foldLabel = `${isFolded ? 'Show' : 'Hide'} the people in ${channel.name}`;
  return (
    <li>
      <div className={classes.row}>
        <NavLink
          to={`/c/${channel.communityId}/${channel.id}`}
          className={classes.channel}
          data-unread={unread > 0 || undefined}
        >
          <ChannelIcon kind={channel.kind} size={18} />
          <span className={classes.channelName}>{channel.name}</span>
          <UnreadBadge count={unread} />
          {isFolded && count > 0 && (
            <span className="tabular">
              {count}
              <span className="visually-hidden">{count === 1 ? ' person here' : ' people here'}</span>
            </span>
          )}
        </NavLink>
        <span className={classes.tools}>
          {tools}
          {count > 0 && (
            <IconButton
              label={foldLabel}
              size={28}
              aria-expanded={!isFolded}
              className={classes.menu}
              onClick={() => setFolded(!isFolded)}
            >
              {isFolded ? <IconChevronRight size={16} /> : <IconChevronDown size={16} />}
            </IconButton>
          )}
        </span>
      </div>
      {!isFolded && people?.list}
    </li>
  );
}
