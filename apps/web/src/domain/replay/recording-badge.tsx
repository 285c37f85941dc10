import classes from './recording-badge.module.css';

/** "REC" in red: this person's share is being kept. Seen by everybody in the channel. */
export function RecordingBadge({ label }: { label: string }) {
  return (
    <span className={classes.badge} role="img" aria-label={label} title={label}>
      <span className={classes.dot} aria-hidden />
      <span aria-hidden>REC</span>
    </span>
  );
}

/** The same where there's room for a dot only. Without a label the words stand beside it. */
export function RecordingDot({ label }: { label?: string }) {
  if (label === undefined) return <span className={classes.dot} aria-hidden />;
  return <span className={classes.dot} role="img" aria-label={label} title={label} />;
}
