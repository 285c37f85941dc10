import { PEAK_MS } from '@hindsight/shared/replay/preview';

interface Sound {
  fromMs: number;
  toMs: number;
  /** There is one peak for each `PEAK_MS`, from 0 to 100. */
  peaks: readonly number[];
}

/** Divides a timeline into equal parts and returns the loudest value of each; 0 where nothing is known or heard. */
export function waveColumns(sounds: readonly Sound[], durationMs: number, count: number): number[] {
  const columns = Array.from({ length: count }, () => 0);
  for (const { fromMs, toMs, peaks } of sounds) {
    for (const [index, peak] of peaks.entries()) {
      const ms = fromMs + index * PEAK_MS;
      if (ms >= toMs) break;
      const column = Math.min(count - 1, Math.floor((ms / durationMs) * count));
      columns[column] = Math.max(columns[column] ?? 0, peak);
    }
  }
  return columns;
}

/** Makes an SVG path of columns that grow from the bottom of a box of 100 by `columns.length`. */
export function wavePath(columns: readonly number[]): string {
  return columns.map((level, index) => (level === 0 ? '' : `M${index} 100V${100 - level}h1V100z`)).join('');
}
