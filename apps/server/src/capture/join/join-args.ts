import type { FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { SOUND_WITHOUT_GAPS } from '../../ffmpeg/filters.ts';
import { SOUND_ENCODER, SOUND_RATE } from '../../ffmpeg/sound-encoder.ts';

/** This is one clip of a joined one, as its sound is concerned. */
export interface SoundPart {
  path: string;
  hasAudio: boolean;
  durationSeconds: number;
}

/** Encodes the sound of several clips one after the other, each as long as its pictures, with silence where a clip has none. */
export function joinedSoundCommand(parts: readonly SoundPart[], outputPath: string): FfmpegCommand {
  let end = 0;
  let seconds = 0;
  const chains = parts.map(({ hasAudio, durationSeconds }, index) => {
    seconds += durationSeconds;
    // Rounding each part by itself would let the sound drift.
    const samples = Math.round(seconds * SOUND_RATE) - end;
    end += samples;
    const source = hasAudio
      ? `[${index}:a:0]${SOUND_WITHOUT_GAPS},aformat=channel_layouts=stereo,apad`
      : `anullsrc=r=${SOUND_RATE}:cl=stereo`;
    return `${source},atrim=end_sample=${samples},asetpts=PTS-STARTPTS[s${index}]`;
  });
  const all = `${parts.map((_, index) => `[s${index}]`).join('')}concat=n=${parts.length}:v=0:a=1[joined]`;
  const encoder = ['-map', '[joined]', ...SOUND_ENCODER];
  return {
    inputs: parts.map(({ path }) => ({ path, options: [] })),
    filterGraph: [...chains, all].join(';'),
    outputs: [{ path: outputPath, options: [...encoder, '-map_metadata', '-1', '-f', 'mp4'] }],
  };
}
