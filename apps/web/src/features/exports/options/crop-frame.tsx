import { useMove } from '@mantine/hooks';
import type { Crop } from '@hindsight/shared/clips/export';
import classes from '../export-dialog.module.css';

const STEP = 0.02;
const KEYS: Record<string, number> = { ArrowLeft: -STEP, ArrowUp: -STEP, ArrowRight: STEP, ArrowDown: STEP };

/** Shows over a picture what will be left of it, to be dragged or moved with the arrow keys. */
export function CropFrame({
  crop,
  width,
  height,
  position,
  onMove,
}: {
  crop: Crop;
  /** The size of the whole picture. */
  width: number;
  height: number;
  position: number;
  onMove: (position: number) => void;
}) {
  const isSideways = crop.height === height;
  const size = isSideways ? crop.width / width : crop.height / height;
  const { ref } = useMove<HTMLDivElement>(({ x, y }) => {
    const place = isSideways ? x : y;
    if (size < 1) onMove(Math.min(1, Math.max(0, (place - size / 2) / (1 - size))));
  });
  return (
    <div ref={ref} className={classes.cropArea}>
      <div
        className={classes.crop}
        role="slider"
        tabIndex={0}
        aria-label="Crop"
        aria-orientation={isSideways ? 'horizontal' : 'vertical'}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(position * 100)}
        style={{
          insetInlineStart: `${(crop.x / width) * 100}%`,
          insetBlockStart: `${(crop.y / height) * 100}%`,
          inlineSize: `${(crop.width / width) * 100}%`,
          blockSize: `${(crop.height / height) * 100}%`,
        }}
        onKeyDown={(event) => {
          const step = KEYS[event.key];
          const edge = event.key === 'Home' ? 0 : event.key === 'End' ? 1 : null;
          if (step === undefined && edge === null) return;
          event.preventDefault();
          onMove(edge ?? Math.min(1, Math.max(0, position + (step ?? 0))));
        }}
      />
    </div>
  );
}
