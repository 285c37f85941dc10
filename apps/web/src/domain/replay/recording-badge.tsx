import classes from './recording-badge.module.css';

/** Shows "REC" in red, for everybody in the channel: this person's share is being kept. */
export function RecordingBadge({ label }: { label: string }) {
  return (
    <span className={classes.badge} role="img" aria-label={label} title={label}>
      <span className={classes.dot} aria-hidden />
      <span aria-hidden>REC</span>
    </span>
  );
}

/** Shows the same where there is room for a dot only. Without a label the words stand beside it. */
export function RecordingDot({ label }: { label?: string }) {
  if (label === undefined) return <span className={classes.dot} aria-hidden />;
  return <span className={classes.dot} role="img" aria-label={label} title={label} />;
}
