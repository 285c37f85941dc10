// This program shows clips to the tools that people open them with, and looks at what each of them shows: it makes a clip of each form
// with the product's own code, from recordings with a burnt-in clock, and reads that clock and the beeps from what comes out of the
// tool. It installs what is missing (Debian as root, PyPI, npm) and writes the tables of docs/playback.md.
// BENCH_INSTALL=no installs nothing and leaves out what isn't there. BENCH_TOOLS=VLC,mpv looks at these alone; the rows of the others
// stay as they are.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@hindsight/db/database';
import { openOwnServer } from '@hindsight/db/own-server/own-server';
import { deviations } from '@hindsight/rig/tools/clip-truth';
import { openCaptureStage } from '@hindsight/server/testing/capture-stage';
import {
  captureForms,
  CLIP_FORMS,
  downloaded,
  postProcessAll,
  type ClipForm,
  type FormedClip,
} from '@hindsight/server/testing/clip-forms';
import { commandTools } from './command-tools.ts';
import { pageTools } from './page-tools.ts';
import { pythonTools } from './python-tools.ts';
import { tellingTools } from './telling-tools.ts';
import { runTool, versionOf, type Tool } from './tool.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/playback.md');
const PACKAGES = [
  ...['ffmpeg', 'gstreamer1.0-tools', 'gstreamer1.0-plugins-base', 'gstreamer1.0-plugins-good'],
  ...['gstreamer1.0-plugins-bad', 'gstreamer1.0-libav', 'mpv', 'vlc-bin', 'vlc-plugin-base', 'mkvtoolnix'],
  ...['mediainfo', 'libimage-exiftool-perl', 'handbrake-cli', 'melt', 'chromium', 'firefox-esr'],
  ...['webkit2gtk-driver', 'xvfb', 'python3-venv', 'python3-pip'],
];

const ONLY = process.env['BENCH_TOOLS']?.split(',') ?? null;

type Cells = Map<ClipForm, string>;

async function install(): Promise<void> {
  const isDebian = (await versionOf('apt-get', ['--version'])) !== null && process.getuid?.() === 0;
  if (process.env['BENCH_INSTALL'] === 'no' || !isDebian) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runTool('apt-get', ['update', '-q'], env);
  await runTool('apt-get', ['install', '-qy', '--no-install-recommends', ...PACKAGES], env);
}

/** Shows a clip in a tool, and says what was wrong, or that all was right. */
async function look(tool: Tool, clip: FormedClip): Promise<string> {
  try {
    return deviations(clip.truth, await tool.view(clip)).join('; ') || 'right';
  } catch (error) {
    const [line = ''] = String(error).split('\n');
    console.error(`${tool.name}: ${String(error).slice(0, 600)}`);
    return `refused: ${line.replace(/^.*Error: /, '').slice(0, 80)}`;
  }
}

async function lookAtAll(tools: readonly Tool[], clips: readonly FormedClip[]): Promise<Map<Tool, Cells>> {
  const rows = new Map<Tool, Cells>();
  for (const tool of tools) {
    const cells: Cells = new Map();
    for (const clip of clips) cells.set(clip.form, await look(tool, clip));
    rows.set(tool, cells);
    console.log(`${tool.name} ${tool.version}:`, Object.fromEntries(cells));
  }
  return rows;
}

function tableOf(rows: Map<Tool, Cells>): string {
  const lines = [...rows].map(
    ([{ name, version }, cells]) =>
      `| ${name} ${version} | ${CLIP_FORMS.map((form) => cells.get(form) ?? '').join(' | ')} |`,
  );
  const head = `| | ${CLIP_FORMS.join(' | ')} |\n| --- |${' --- |'.repeat(CLIP_FORMS.length)}`;
  return [head, ...lines].join('\n');
}

/** Returns a table whose rows of other tools are those that stand in the document. */
function merged(document: string, name: string, table: string): string {
  if (ONLY === null) return table;
  const fresh = table.split('\n');
  const toolOf = (line: string) => /^\|\s*(.+?) [\d.]+\s*\|/.exec(line)?.[1];
  const rows = standing(document, name)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const newest = (row: string) =>
    toolOf(row) === undefined ? row : fresh.find((line) => toolOf(line) === toolOf(row));
  return rows.map((row) => newest(row) ?? row).join('\n');
}

function standing(document: string, name: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  return document.slice(document.indexOf(begin) + begin.length, document.indexOf(end));
}

/** Replaces what stands in the document between two comments. */
function replaced(document: string, name: string, table: string): string {
  const text = merged(document, name, table);
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/playback.md has no place for ${name}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}

await install();
const directory = await mkdtemp(join(tmpdir(), 'hindsight-playback-'));
// PostgreSQL runs as another user than root.
await chmod(directory, 0o755);
const postgres = await openOwnServer(join(directory, 'postgres'));
const stage = await openCaptureStage({ directory, database: await openDatabase(postgres.url) });
const pages = await pageTools();
try {
  const tools = [
    ...pages.tools,
    ...(await commandTools()),
    ...(await pythonTools()),
    ...(await tellingTools()),
  ].filter(({ name }) => ONLY === null || ONLY.includes(name));
  const clips = await captureForms(stage);
  const before = tableOf(await lookAtAll(tools, await downloaded(stage, await clips())));
  await postProcessAll(stage);
  const after = tableOf(await lookAtAll(tools, await clips()));
  const document = await readFile(DOCUMENT, 'utf8');
  await writeFile(DOCUMENT, replaced(replaced(document, 'before', before), 'after', after));
  await runTool('oxfmt', [DOCUMENT]);
} finally {
  await pages.close();
  await stage.close();
  await postgres.close();
  await rm(directory, { recursive: true, force: true });
}
