const PREFIX = 'hindsight.library.';

/**
 * Returns how far down the library was at an entry of the browser's history, so that going back leads to the same
 * place.
 */
export function rememberedScrollTop(key: string): number {
  const place = Number(sessionStorage.getItem(PREFIX + key) ?? 0);
  return Number.isFinite(place) ? place : 0;
}

export function rememberScrollTop(key: string, scrollTop: number): void {
  sessionStorage.setItem(PREFIX + key, String(Math.round(scrollTop)));
}
