/** Makes sound of 48 kHz that begins at 0 and fills its gaps with silence, because what follows would come early otherwise. */
export const SOUND_WITHOUT_GAPS = 'aresample=48000:async=1:min_hard_comp=0.01:first_pts=0';

interface Size {
  width: number;
  height: number;
}

/** Returns the filters that fit pictures into an even size, between black bars. */
export function fitInto({ width, height }: Size): string[] {
  return [
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:force_divisible_by=2`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2,setsar=1`,
  ];
}

/** Returns the nearest even length of a picture's side, because encoders take no other. */
export function even(pixels: number): number {
  return 2 * Math.max(1, Math.round(pixels / 2));
}
