import type { Crop } from '@hindsight/shared/clips/export';
import { ffmpegSeconds, recordedAt } from '../../ffmpeg/ffmpeg-command.ts';
import { SOUND_WITHOUT_GAPS } from '../../ffmpeg/filters.ts';

/** What an export says of the clip that it was made of. */
export interface Labels {
  title: string;
  /** The true time of the start, in epoch ms. */
  recordedAtMs: number;
}

interface Steady {
  /** The clip's own size. Pieces of another one are fitted into it, between black bars. */
  source: { width: number; height: number; isOneSize: boolean };
  /** What is cut out of the clip's picture. */
  crop?: Crop;
  width: number;
  height: number;
  framesPerSecond: number;
  durationSeconds: number;
}

/**
 * The filter graph isn't rebuilt where the picture size changes, because filters that know times would begin again.
 */
export const ONE_GRAPH: readonly string[] = ['-reinit_filter', '0'];

/**
 * Returns the filters that make pictures come at a constant rate, from the first moment of a clip to its last, in one size.
 * What stands still is repeated.
 */
export function steadyPictures(options: Steady): string {
  const { source, crop, width, height, framesPerSecond, durationSeconds } = options;
  const frames = Math.max(1, Math.round(durationSeconds * framesPerSecond));
  const shown = crop ?? source;
  return [
    `fps=${framesPerSecond}:start_time=0`,
    `tpad=stop_mode=clone:stop=-1,trim=end_frame=${frames}`,
    ...(source.isOneSize ? [] : fitted(source)),
    ...(crop === undefined ? [] : [`crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}`]),
    ...(shown.width === width && shown.height === height ? [] : [`scale=${width}:${height}`]),
    'setsar=1,format=yuv420p',
  ].join(',');
}

/** Returns the filters that give pictures of several sizes one. */
export function fitted({ width, height }: { width: number; height: number }): string[] {
  return [
    `scale=${width}:${height}:force_original_aspect_ratio=decrease`,
    `pad=${width}:${height}:-1:-1:eval=frame`,
  ];
}

/** Returns the filter that makes sound begin at 0 and fills its gaps, because what follows would come early otherwise. */
export function steadySound(durationSeconds: number): string {
  const end = ffmpegSeconds(durationSeconds * 1000);
  return `${SOUND_WITHOUT_GAPS},apad=whole_dur=${end},atrim=end=${end}`;
}

/** Returns the options of an MP4 with its index in front, which tells the clip's title and time. */
export function labelledMovie({ title, recordedAtMs }: Labels, format: 'mp4' | 'mov' | 'ipod'): string[] {
  return [
    ...recordedAt(recordedAtMs),
    ...['-metadata', `title=${title}`, '-movflags', '+faststart', '-f', format],
  ];
}
