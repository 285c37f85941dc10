/** This is how cards are laid out in a grid of a certain width; all values are in px. */
export interface GridLayout {
  columns: number;
  rowHeight: number;
}

export const GRID_GAP = 16;
const MIN_CARD_WIDTH = 260;
/** The text beneath the picture has this height, as the card's style says; the border runs around the whole card. */
const TEXT_HEIGHT = 64;
const BORDER = 1;

/** Lays out as many columns as have room. The height of a row, with its gap, follows from the picture's 16:9. */
export function gridLayout(width: number): GridLayout {
  const columns = Math.max(1, Math.floor((width + GRID_GAP) / (MIN_CARD_WIDTH + GRID_GAP)));
  const cardWidth = (width - GRID_GAP * (columns - 1)) / columns;
  const pictureHeight = ((cardWidth - 2 * BORDER) * 9) / 16;
  return { columns, rowHeight: Math.ceil(pictureHeight + TEXT_HEIGHT + 2 * BORDER) + GRID_GAP };
}
