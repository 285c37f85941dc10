import classes from './unread-badge.module.css';

/** The server counts up to this number only. */
const MAX_COUNT = 100;

/**
 * Shows how many messages are unread, or nothing when none is. On an icon the badge is hidden from screen readers,
 * because the icon's name says the number too.
 */
export function UnreadBadge({ count, isOnIcon = false }: { count: number; isOnIcon?: boolean }) {
  if (count === 0) return null;
  return (
    <span className={classes.badge} data-on-icon={isOnIcon || undefined}>
      <span aria-hidden>{count >= MAX_COUNT ? '99+' : count}</span>
      {!isOnIcon && <span className="visually-hidden">{`, ${count} unread`}</span>}
    </span>
  );
}
