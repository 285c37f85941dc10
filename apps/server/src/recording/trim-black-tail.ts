import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeasureBlackTail } from '@hindsight/recorder/egress/trim-black-tail';
import { SECOND } from '@hindsight/shared/units';
import type { FfmpegCommand } from '../ffmpeg/ffmpeg-command.ts';
import type { Ffmpeg } from '../ffmpeg/ffmpeg.ts';
import { blackEndMs, FRAME, FRAMES_PER_SECOND, PCM_RATE, silentEndMs } from './black-end.ts';

/** Playlist durations are those of the picture; the sound may end a little before or after it. */
const ROUNDING_MS = 200;
/** The end of the recording waits for the measurement. */
const TIMEOUT_MS = 15 * SECOND;

interface Segment {
  path: string;
  durationMs: number;
}

/**
 * Measures with ffmpeg how long segments end in black and silence, so that the recorder can trim that. Most recordings
 * end in a picture, and then only their last segment is decoded.
 */
export function createBlackTailMeasure({
  ffmpeg,
  signal,
  timeoutMs = TIMEOUT_MS,
}: {
  ffmpeg: Pick<Ffmpeg, 'run' | 'probe'>;
  signal: AbortSignal;
  /** The limit is for each of at most two ffmpeg runs. */
  timeoutMs?: number;
}): MeasureBlackTail {
  async function measure(segments: readonly Segment[]): Promise<number> {
    const directory = await mkdtemp(join(tmpdir(), 'hindsight-black-'));
    try {
      const playlist = join(directory, 'tail.m3u8');
      await writeFile(playlist, playlistOf(segments));
      const hasSound = (await ffmpeg.probe(segments[0]?.path ?? '', signal)).audio !== null;
      const outputs = {
        picture: join(directory, 'tail.gray'),
        sound: hasSound ? join(directory, 'tail.pcm') : null,
      };
      await ffmpeg.run(decodeCommand(playlist, outputs), { timeoutMs, signal });
      const blackMs = blackEndMs(await readFile(outputs.picture));
      return outputs.sound === null ? blackMs : Math.min(blackMs, silentEndMs(await readFile(outputs.sound)));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  return async (segments) => {
    const last = segments.at(-1);
    if (last === undefined) return 0;
    const lastMs = await measure([last]);
    return lastMs < last.durationMs - ROUNDING_MS ? lastMs : measure(segments);
  };
}

function playlistOf(segments: readonly Segment[]): string {
  const entries = segments.map(
    ({ path, durationMs }) => `#EXTINF:${(durationMs / 1000).toFixed(3)},\n${path}\n`,
  );
  const longestMs = Math.max(...segments.map(({ durationMs }) => durationMs));
  const head = `#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:${Math.ceil(longestMs / 1000)}\n`;
  return `${head}${entries.join('')}#EXT-X-ENDLIST\n`;
}

/** Decodes to small gray pictures at a constant rate, and the sound to samples. */
function decodeCommand(
  inputPath: string,
  { picture, sound }: { picture: string; sound: string | null },
): FfmpegCommand {
  const filter = `fps=${FRAMES_PER_SECOND},scale=${FRAME.width}:${FRAME.height},format=gray`;
  const toPcm = ['-ac', '1', '-ar', String(PCM_RATE), '-f', 's16le'];
  return {
    inputs: [{ path: inputPath, options: ['-f', 'hls'] }],
    outputs: [
      { path: picture, options: ['-map', '0:v:0', '-vf', filter, '-f', 'rawvideo'] },
      ...(sound === null ? [] : [{ path: sound, options: ['-map', '0:a:0', ...toPcm] }]),
    ],
  };
}
