import { readFile, writeFile } from 'node:fs/promises';
import type { SyntheticSession } from '@hindsight/rig/media/synthetic-buffer';

const AUDIO_TRACK = 2;

/** Takes the sound out of a recording but for these seconds, as if no packet had come. There is a fragment each second. */
export async function silenceBut({ pieces }: SyntheticSession, seconds: readonly number[]): Promise<void> {
  const [{ fromMs = 0 } = {}, last = { toMs: 0 }] = [pieces[0], pieces.at(-1)];
  const shareSeconds = Math.round((last.toMs - fromMs) / 1000);
  let second = 0;
  for (const { path } of pieces) {
    const bytes = await readFile(path);
    for (let at = bytes.indexOf('moof'); at >= 0; at = bytes.indexOf('moof', at + 1)) {
      const audio = trackIn(bytes, at);
      // A box of another type is skipped by every reader, and its samples are in no table. A last fragment has the end of
      // the last second's sound.
      if (!seconds.includes(Math.min(second++, shareSeconds - 1))) bytes.write('free', audio, 'latin1');
    }
    await writeFile(path, bytes);
  }
  if (second < shareSeconds) throw new Error('a fragment does not last a second');
}

/** Returns where the type of the box is that lists the sound of a fragment. */
function trackIn(bytes: Buffer, moof: number): number {
  let at = bytes.indexOf('traf', moof);
  while (bytes.readUInt32BE(bytes.indexOf('tfhd', at) + 8) !== AUDIO_TRACK)
    at = bytes.indexOf('traf', at + 1);
  return at;
}
