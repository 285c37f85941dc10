import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { openFirefoxVideoPage, openVideoPage, type VideoPage } from '@hindsight/rig/browsers/video-page';
import { openFileServer } from '@hindsight/rig/servers/file-server';
import { viewInBrowser } from '@hindsight/rig/tools/browser';
import { openParserPage, serveParsers, type ParserName } from '@hindsight/rig/tools/parser-page';
import { runTool, versionOf, type Tool } from './tool.ts';
import { openWebKitVideoPage } from './webkit.ts';

const REMOTION = { package: '@remotion/media-parser', version: '4.0.529' };
const FOLDER = join(homedir(), '.cache', 'hindsight', 'playback-npm');

/** Returns the browsers, and the libraries that run in them. All are closed by `close`. */
export async function pageTools() {
  const server = await openFileServer();
  const serve = (path: string) => server.serve(`${basename(path)}-${basename(join(path, '..'))}`, path);
  const tools: Tool[] = [];
  const open: AsyncDisposable[] = [];

  function addBrowser(name: string, version: string, page: VideoPage): void {
    open.push(page);
    tools.push({ name, version, view: ({ path, truth }) => viewInBrowser(page, serve(path), truth) });
  }
  const chromium = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium';
  const chromiumVersion = (await versionOf(chromium, ['--version'])) ?? '';
  addBrowser('Chromium', chromiumVersion, await openVideoPage(server.origin));
  const firefox = process.env['FIREFOX_PATH'] || '/usr/bin/firefox-esr';
  addBrowser(
    'Firefox',
    (await versionOf(firefox, ['--version'])) ?? '',
    await openFirefoxVideoPage(server.origin),
  );
  const webkit = await openWebKitVideoPage(server.origin);
  if (webkit !== null) addBrowser('WebKitGTK', webkit.version, webkit.page);

  const parserPage = await openParserPage(server.origin);
  open.push(parserPage);
  const libraries = { ...serveParsers(server), Remotion: await serveRemotion(server) };
  const versions = await libraryVersions();
  const names = { Mp4box: 'mp4box.js', Mediabunny: 'Mediabunny', Remotion: 'Remotion’s parser' } as const;
  for (const parser of ['Mp4box', 'Mediabunny', 'Remotion'] satisfies ParserName[])
    tools.push({
      ...{ name: names[parser], version: versions[parser] },
      view: ({ path, truth }) => parserPage.view(parser, libraries[parser], serve(path), truth.fromMs),
    });

  return {
    tools,
    async close(): Promise<void> {
      for (const page of open) await page[Symbol.asyncDispose]();
      server.close();
    },
  };
}

/** Installs Remotion's parser into a folder of its own, because its licence is not an open one. */
async function serveRemotion(server: Awaited<ReturnType<typeof openFileServer>>): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  await runTool('npm', ['install', '--prefix', FOLDER, '-s', `${REMOTION.package}@${REMOTION.version}`]);
  return server.serve('remotion.mjs', join(FOLDER, 'node_modules', REMOTION.package, 'dist/esm/index.mjs'));
}

async function libraryVersions(): Promise<Record<ParserName, string>> {
  const workspace = await readFile(join(import.meta.dirname, '../../pnpm-workspace.yaml'), 'utf8');
  const pinned = (name: string) => new RegExp(`^ +${name}: (.+)$`, 'm').exec(workspace)?.[1] ?? '';
  return { Mp4box: pinned('mp4box'), Mediabunny: pinned('mediabunny'), Remotion: REMOTION.version };
}
