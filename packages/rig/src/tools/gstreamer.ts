import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Viewing } from './clip-truth.ts';
import { viewDecoded } from './decoded-file.ts';

/** Pictures are shown in a window of this size, as players do, with bars. */
const WINDOW = 'video/x-raw,format=I420,width=1024,height=576,pixel-aspect-ratio=1/1';

/** Plays a clip in GStreamer, into a file that keeps when each picture and sound is due, and reads that. */
export async function viewInGStreamer(path: string, nearMs: number): Promise<Viewing> {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-gstreamer-'));
  try {
    const output = join(directory, 'played.mkv');
    const video = `d. ! queue ! videoconvert ! videoscale add-borders=true ! ${WINDOW} ! jpegenc ! matroskamux name=m ! filesink location=${output}`;
    const sound = 'd. ! queue ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000 ! m.';
    const pipeline = `filesrc location=${path} ! decodebin name=d ${video} ${sound}`;
    await promisify(execFile)('gst-launch-1.0', ['-q', ...pipeline.split(' ')]);
    return await viewDecoded(output, nearMs);
  } finally {
    await rm(directory, { recursive: true });
  }
}
