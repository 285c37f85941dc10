/** How cards stand in a grid of a width; all in px. */
export interface GridLayout {
  columns: number;
  rowHeight: number;
}

export const GRID_GAP = 16;
const MIN_CARD_WIDTH = 260;
/** Beneath the picture, as the card's style says; and the border around all. */
const TEXT_HEIGHT = 64;
const BORDER = 1;

/** As many columns as have room; the height of a row, its gap included, follows from the picture's 16:9. */
export function gridLayout(width: number): GridLayout {
  const columns = Math.max(1, Math.floor((width + GRID_GAP) / (MIN_CARD_WIDTH + GRID_GAP)));
  const cardWidth = (width - GRID_GAP * (columns - 1)) / columns;
  const pictureHeight = ((cardWidth - 2 * BORDER) * 9) / 16;
  return { columns, rowHeight: Math.ceil(pictureHeight + TEXT_HEIGHT + 2 * BORDER) + GRID_GAP };
}
