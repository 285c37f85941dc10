import type { Viewing } from '@hindsight/rig/tools/clip-truth';
import { runTool, versionOf, type Tool } from './tool.ts';

/** Returns the tools that show nothing but say how long a clip is and how many pictures it has a second. */
export async function tellingTools(): Promise<Tool[]> {
  const tools: Tool[] = [];
  const mediainfo = await versionOf('mediainfo', ['--Version']);
  if (mediainfo !== null)
    tools.push({
      ...{ name: 'MediaInfo', version: mediainfo },
      view: async ({ path }) => {
        const { stdout } = await runTool('mediainfo', ['--Output=Video;%Duration%|%FrameRate%', path]);
        const [durationMs = 0, framesPerSecond = 0] = stdout.split('|').map(Number);
        return told(durationMs, framesPerSecond);
      },
    });
  const exiftool = await versionOf('exiftool', ['-ver']);
  if (exiftool !== null)
    tools.push({
      ...{ name: 'ExifTool', version: exiftool },
      view: async ({ path, truth }) => {
        const asked = ['-j', '-n', '-Duration', '-VideoFrameRate', '-CreateDate', '-api', 'QuickTimeUTC'];
        const { stdout } = await runTool('exiftool', [...asked, path], { TZ: 'UTC' });
        const [tags] = JSON.parse(stdout) as {
          Duration: number;
          VideoFrameRate: number;
          CreateDate: string;
        }[];
        const date = (tags?.CreateDate ?? '').replace(/^(\d+):(\d+):(\d+) /, '$1-$2-$3T').slice(0, 19);
        const offMs = Date.parse(`${date}Z`) - Math.floor(truth.fromMs / 1000) * 1000;
        if (offMs !== 0) throw new Error(`creation time is off by ${offMs} ms`);
        return told((tags?.Duration ?? 0) * 1000, tags?.VideoFrameRate ?? 0);
      },
    });
  return tools;
}

const told = (durationMs: number, framesPerSecond: number): Viewing => ({
  ...{ pictures: null, beepsMs: null, durationMs, framesPerSecond },
});
