import classes from './unread-badge.module.css';

/** The server counts no further. */
const MAX_COUNT = 100;

/** How many messages are unread; nothing when none is. On an icon it is only seen: the icon's name says it too. */
export function UnreadBadge({ count, isOnIcon = false }: { count: number; isOnIcon?: boolean }) {
  if (count === 0) return null;
  return (
    <span className={classes.badge} data-on-icon={isOnIcon || undefined}>
      <span aria-hidden>{count >= MAX_COUNT ? '99+' : count}</span>
      {!isOnIcon && <span className="visually-hidden">{`, ${count} unread`}</span>}
    </span>
  );
}
