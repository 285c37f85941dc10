import type { CSSProperties } from 'react';
import type { Sprite } from '@hindsight/shared/clips/clip';

/** Finds the small picture that stands for a part of a clip; `fraction` goes from 0 to 1. */
export function tileAt({ count }: Pick<Sprite, 'count'>, fraction: number): number {
  return Math.min(count - 1, Math.max(0, Math.floor(fraction * count)));
}

/** Styles an element of the clip's shape so that its background is one picture of a sprite. */
export function tileStyle({ url, columns, rows }: Sprite, tile: number): CSSProperties {
  const column = tile % columns;
  const row = Math.floor(tile / columns);
  const share = (index: number, count: number) => (count === 1 ? 0 : (index / (count - 1)) * 100);
  return {
    backgroundImage: `url(${JSON.stringify(url)})`,
    backgroundSize: `${columns * 100}% ${rows * 100}%`,
    backgroundPosition: `${share(column, columns)}% ${share(row, rows)}%`,
  };
}
