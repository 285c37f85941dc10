import type { Crop } from '@hindsight/shared/clips/export';

/** Width to height of what is cropped. */
const SHAPES = { upright: 9 / 16, square: 1 } as const;
export type Shape = keyof typeof SHAPES;

interface Size {
  width: number;
  height: number;
}

/**
 * Returns the largest crop of a shape in a picture.
 * @param position where the crop lies on the side that it leaves room on: 0 at the left or top, 1 at the right or bottom
 */
export function cropOfShape({ width, height }: Size, shape: Shape, position: number): Crop {
  const ratio = SHAPES[shape];
  const isFullHeight = width / height >= ratio;
  const crop = isFullHeight
    ? { width: Math.floor(height * ratio), height }
    : { width, height: Math.floor(width / ratio) };
  const place = Math.min(1, Math.max(0, position));
  return {
    ...crop,
    x: Math.round((width - crop.width) * place),
    y: Math.round((height - crop.height) * place),
  };
}
