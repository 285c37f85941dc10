import classes from './replay-illustration.module.css';

const PIECES = Array.from({ length: 20 }, (_, index) => index);
/** The pieces that the sketch's clip is made of: the last half. */
const CLIP_START = 10;

/** A picture of the idea: a rolling strip of the past, of which the end becomes a clip. Pure decoration. */
export function ReplayIllustration() {
  return (
    <div className={classes.sketch} aria-hidden>
      <div className={classes.strip}>
        {PIECES.map((index) => (
          <span
            key={index}
            className={classes.piece}
            data-kept={index >= CLIP_START || undefined}
            style={{ blockSize: `${34 + 26 * Math.abs(Math.sin(index * 1.7))}px` }}
          />
        ))}
        <span className={classes.now} />
      </div>
      <div className={classes.scale}>
        <span>10:00 ago</span>
        <span>5:00</span>
        <span className={classes.press}>You press 5 min</span>
      </div>
      <div className={classes.clip}>
        <span className={classes.play} />
        <span className={classes.lines}>
          <span />
          <span />
        </span>
        <span className={classes.length}>5:00</span>
      </div>
    </div>
  );
}
