import { useElementSize } from '@mantine/hooks';
import type { Sprite } from '@hindsight/shared/clips/clip';
import { tileAt, tileStyle } from '../../../domain/clip/sprite-tile.ts';
import classes from './trim-editor.module.css';

/** Shows as many of a clip's pictures side by side as fit, as the background of a timeline. */
export function SpriteStrip({ sprite, aspectRatio }: { sprite: Sprite; aspectRatio: number }) {
  const { ref, width, height } = useElementSize<HTMLDivElement>();
  const count = height === 0 ? 0 : Math.max(1, Math.ceil(width / (height * aspectRatio)));
  return (
    <div ref={ref} className={classes.strip} aria-hidden>
      {Array.from({ length: count }, (_, index) => (
        <span
          key={index}
          className={classes.stripTile}
          style={{ ...tileStyle(sprite, tileAt(sprite, (index + 0.5) / count)), aspectRatio }}
        />
      ))}
    </div>
  );
}
