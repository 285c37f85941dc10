import classes from './replay-illustration.module.css';

const PIECES = Array.from({ length: 20 }, (_, index) => index);
/** The clip in the illustration is made of the pieces from here on. */
const CLIP_START = 10;

/** Illustrates the idea: a strip of the past rolls on, and its end becomes a clip. It is decoration only. */
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
