/** Pictures are measured this small, in gray with a byte for each pixel. */
export const FRAME = { width: 32, height: 18 };
export const FRAMES_PER_SECOND = 25;
/** Sound is measured in one channel of signed 16-bit samples. */
export const PCM_RATE = 8000;

const FRAME_BYTES = FRAME.width * FRAME.height;
/** Black is 16 in video; encoders leave a little noise. */
const MAX_BLACK = 32;
const SAMPLE_BYTES = 2;
/** Sound at or below this amplitude, which is -50 dB, is silence. */
const MAX_SILENT = 100;

/** Returns for how long the last pictures are black. */
export function blackEndMs(pictures: Uint8Array): number {
  const lastBright = pictures.findLastIndex((level) => level > MAX_BLACK);
  const count = Math.floor(pictures.length / FRAME_BYTES) - (Math.floor(lastBright / FRAME_BYTES) + 1);
  return (count / FRAMES_PER_SECOND) * 1000;
}

/** Returns for how long the last samples are silent. */
export function silentEndMs(pcm: Buffer): number {
  const end = pcm.length - (pcm.length % SAMPLE_BYTES);
  let start = end;
  while (start > 0 && Math.abs(pcm.readInt16LE(start - SAMPLE_BYTES)) <= MAX_SILENT) start -= SAMPLE_BYTES;
  return ((end - start) / SAMPLE_BYTES / PCM_RATE) * 1000;
}
