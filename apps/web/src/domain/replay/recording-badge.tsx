import { useServerLink } from '../../api/server-link.slice.ts';
import classes from './recording-badge.module.css';
import { recordingText, type Recorded } from './recording-text.ts';

/** Shows "REC" in red, for everybody in the channel: this person's share is being kept; or that nobody can tell at the moment. */
export function RecordingBadge({ who }: { who: Recorded }) {
  const { isUnheard } = useServerLink();
  const label = recordingText(who, isUnheard);
  return (
    <span
      className={classes.badge}
      role="img"
      aria-label={label}
      title={label}
      data-uncertain={isUnheard || undefined}
    >
      <span className={classes.dot} aria-hidden />
      <span aria-hidden>{isUnheard ? 'REC?' : 'REC'}</span>
    </span>
  );
}

/** Shows the same where there is room for a dot only. Without a person the words stand beside it. */
export function RecordingDot({ who }: { who?: Recorded }) {
  const { isUnheard } = useServerLink();
  const looks = { className: classes.dot, 'data-uncertain': isUnheard || undefined };
  if (who === undefined) return <span {...looks} aria-hidden />;
  const label = recordingText(who, isUnheard);
  return <span {...looks} role="img" aria-label={label} title={label} />;
}
