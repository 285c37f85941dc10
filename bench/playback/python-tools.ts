import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readClock } from '@hindsight/rig/media/clip-probe';
import { CLOCK_HEIGHTS } from '@hindsight/rig/tools/decoded-file';
import { runTool, versionOf, type Tool } from './tool.ts';

const PACKAGES = ['opencv-python-headless==5.0.0.93', 'moviepy==2.2.1'] as const;
const SCRIPT = fileURLToPath(new URL('levels.py', import.meta.url));
const FOLDER = join(homedir(), '.cache', 'hindsight', 'playback-python');

interface Printed {
  rate: number;
  durationMs: number;
  pictures: { ptsMs: number; levels: number[][] }[];
}

/** Returns the tools that are Python packages. They are installed into a folder of their own. */
export async function pythonTools(): Promise<Tool[]> {
  if ((await versionOf('python3', ['--version'])) === null) return [];
  const python = join(FOLDER, 'bin', 'python');
  const isThere = await access(python).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(FOLDER, { recursive: true });
    await runTool('python3', ['-m', 'venv', FOLDER]);
  }
  await runTool(python, ['-m', 'pip', 'install', '-q', ...PACKAGES]);
  return [
    { name: 'OpenCV', module: 'cv2', pinned: PACKAGES[0] },
    { name: 'MoviePy', module: 'moviepy', pinned: PACKAGES[1] },
  ].map(({ name, module, pinned }) => ({
    ...{ name, version: pinned.slice(pinned.indexOf('==') + 2) },
    view: async ({ path, truth }) => {
      const { stdout } = await runTool(python, [SCRIPT, module, path, JSON.stringify(CLOCK_HEIGHTS)]);
      const { rate, durationMs, pictures } = JSON.parse(stdout) as Printed;
      const read = (rows: number[][]) =>
        rows.map((row) => readClock(Uint8Array.from(row), truth.fromMs)).find((ms) => ms !== null) ?? null;
      return {
        ...{ beepsMs: null, durationMs, framesPerSecond: rate },
        pictures: pictures.map(({ ptsMs, levels }) => ({ ptsMs, burntMs: read(levels) })),
      };
    },
  }));
}
