import { join } from 'node:path';
import { devNull } from 'node:os';
import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import type { ChatPlan } from '../plan/chat-plan.ts';
import { labelledMovie, ONE_GRAPH, steadyPictures, type Labels } from './steady-args.ts';

export interface ChatSource {
  path: string;
  width: number;
  height: number;
  isOneSize: boolean;
  durationSeconds: number;
}

interface Passes {
  chat: Pick<ChatPlan, 'width' | 'height' | 'framesPerSecond'>;
  videoBps: number;
  /** The encoder's notes about the first pass are in this directory. */
  directory: string;
}

/** A second of a keyframe costs many bits, so they are rare, but players seek to them. */
const KEYFRAME_SECONDS = 5;

/** Looks through the pictures once, and notes where bits are needed. */
export function firstPassCommand(source: ChatSource, passes: Passes): FfmpegCommand {
  return {
    inputs: [{ path: source.path, options: [...ONE_THREAD, ...ONE_GRAPH] }],
    outputs: [{ path: devNull, options: [...pictures(source, passes, 1), '-an', '-f', 'null'] }],
  };
}

/** Encodes the pictures by the notes of the first pass, and adds the sound of another file. */
export function secondPassCommand(
  source: ChatSource,
  passes: Passes & { soundPath: string | null; labels: Labels; outputPath: string },
): FfmpegCommand {
  const { soundPath, labels, outputPath } = passes;
  const sound = soundPath === null ? [] : [{ path: soundPath, options: [] }];
  return {
    inputs: [{ path: source.path, options: [...ONE_THREAD, ...ONE_GRAPH] }, ...sound],
    outputs: [
      {
        path: outputPath,
        options: [
          ...pictures(source, passes, 2),
          ...(soundPath === null ? ['-an'] : ['-map', '1:a:0', '-c:a', 'copy']),
          ...labelledMovie(labels, 'mp4'),
        ],
      },
    ],
  };
}

/** Copies a clip that fits as it is. */
export function copyFileCommand(
  sourcePath: string,
  { labels, outputPath }: { labels: Labels; outputPath: string },
): FfmpegCommand {
  return {
    inputs: [{ path: sourcePath, options: [] }],
    outputs: [
      {
        path: outputPath,
        options: ['-map', '0:v:0', '-map', '0:a:0?', '-c', 'copy', ...labelledMovie(labels, 'mp4')],
      },
    ],
  };
}

function pictures(source: ChatSource, { chat, videoBps, directory }: Passes, pass: 1 | 2): string[] {
  const { width, height, framesPerSecond } = chat;
  const { durationSeconds } = source;
  return [
    ...['-map', '0:v:0'],
    ...['-vf', steadyPictures({ source, width, height, framesPerSecond, durationSeconds })],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', String(Math.round(videoBps))],
    ...['-g', String(Math.round(framesPerSecond * KEYFRAME_SECONDS))],
    ...['-pass', String(pass), '-passlogfile', join(directory, 'passes')],
  ];
}
