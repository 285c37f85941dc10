import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewDecoded } from '@hindsight/rig/tools/decoded-file';
import { viewInGStreamer } from '@hindsight/rig/tools/gstreamer';
import type { Viewing } from '@hindsight/rig/tools/clip-truth';
import { runTool, versionOf, type Tool } from './tool.ts';

/** A converter plays a clip into another file, which is then read with ffmpeg. */
interface Converter {
  name: string;
  program: string;
  versionArgs: readonly string[];
  /** The ending of the file that it writes. */
  ending: string;
  convert: (path: string, output: string) => readonly [program: string, args: readonly string[]];
  /** The program ends with this code when it has written a file and warns of something. */
  warningCode?: number;
}

/** VLC refuses to run as root. */
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const asNobody = (command: readonly string[]): [string, readonly string[]] =>
  process.getuid?.() === 0 ? ['setpriv', [...NOBODY, ...command]] : [command[0] ?? '', command.slice(1)];

/** mpv writes a file in one size only; its window fits every picture itself, so it must not be told from this that it can't. */
const MPV_WINDOW = 'lavfi=[pad=1024:576:0:(oh-ih)/2:eval=frame]';
const VLC_ENCODING = 'vcodec=h264,venc=x264{preset=ultrafast,qp=12},acodec=mpga,ab=192';

const CONVERTERS: readonly Converter[] = [
  {
    ...{ name: 'ffmpeg, copied to MKV', program: 'ffmpeg', versionArgs: ['-version'], ending: 'mkv' },
    convert: (path, output) => ['ffmpeg', ['-v', 'error', '-i', path, '-c', 'copy', output]],
  },
  {
    ...{ name: 'mkvmerge', program: 'mkvmerge', versionArgs: ['--version'], ending: 'mkv' },
    convert: (path, output) => ['mkvmerge', ['-q', '-o', output, path]],
    warningCode: 1,
  },
  {
    ...{ name: 'mpv', program: 'mpv', versionArgs: ['--version'], ending: 'mkv' },
    convert: (path, output) => [
      'mpv',
      [
        ...['--no-config', '--really-quiet', path, `--o=${output}`, `--vf=${MPV_WINDOW}`],
        ...['--ovc=ffv1', '--oac=pcm_s16le'],
      ],
    ],
  },
  {
    ...{ name: 'VLC', program: 'vlc', versionArgs: ['--version'], ending: 'ts' },
    convert: (path, output) => {
      const sout = `#transcode{${VLC_ENCODING}}:std{access=file,mux=ts,dst=${output}}`;
      return asNobody(['cvlc', '-q', '-I', 'dummy', path, '--sout', sout, 'vlc://quit']);
    },
  },
  {
    ...{ name: 'HandBrake', program: 'HandBrakeCLI', versionArgs: ['--version'], ending: 'mkv' },
    convert: (path, output) => [
      'HandBrakeCLI',
      [
        ...['-i', path, '-o', output, '-e', 'x264', '--encoder-preset', 'ultrafast', '-q', '12', '--vfr'],
        ...['--crop', '0:0:0:0', '--non-anamorphic', '-E', 'flac16'],
      ],
    ],
  },
  {
    ...{ name: 'melt (Kdenlive, Shotcut)', program: 'melt', versionArgs: ['--version'], ending: 'mkv' },
    convert: (path, output) => [
      'melt',
      ['-silent', path, '-consumer', `avformat:${output}`, 'vcodec=ffv1', 'acodec=pcm_s16le'],
    ],
  },
];

/** Returns the tools that are commands, with what isn't installed left out. */
export async function commandTools(): Promise<Tool[]> {
  const tools: Tool[] = [];
  const ffmpeg = await versionOf('ffmpeg', ['-version']);
  if (ffmpeg !== null)
    tools.push({
      ...{ name: 'ffmpeg', version: ffmpeg },
      view: ({ path, truth }) => viewDecoded(path, truth.fromMs),
    });
  const gstreamer = await versionOf('gst-launch-1.0', ['--version']);
  if (gstreamer !== null)
    tools.push({
      ...{ name: 'GStreamer', version: gstreamer },
      view: ({ path, truth }) => viewInGStreamer(path, truth.fromMs),
    });
  for (const converter of CONVERTERS) {
    const command = converter.program === 'vlc' ? asNobody(['vlc', ...converter.versionArgs]) : null;
    const version = await versionOf(command?.[0] ?? converter.program, command?.[1] ?? converter.versionArgs);
    if (version !== null)
      tools.push({
        ...{ name: converter.name, version },
        view: ({ path, truth }) => convertAndView(converter, path, truth.fromMs),
      });
  }
  return tools;
}

async function convertAndView(
  { convert, ending, warningCode }: Converter,
  path: string,
  nearMs: number,
): Promise<Viewing> {
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-playback-tool-'));
  try {
    await chmod(directory, 0o777);
    const output = join(directory, `played.${ending}`);
    const [program, args] = convert(path, output);
    await runTool(program, args, { HOME: directory }).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (warningCode === undefined || code !== warningCode) throw error;
    });
    return await viewDecoded(output, nearMs);
  } finally {
    await rm(directory, { recursive: true });
  }
}
