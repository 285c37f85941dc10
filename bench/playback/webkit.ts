import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { videoPage, type VideoPage } from '@hindsight/rig/browsers/video-page';
import { VIDEO_PLAYER_SCRIPT } from '@hindsight/rig/browsers/page-scripts';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { versionOf } from './tool.ts';

const LIBRARIES = '/usr/lib/x86_64-linux-gnu';
const DISPLAY = ':87';
const STARTUP_MS = 15_000;

/** Returns the path of WebKitGTK's own small browser, or null where it isn't installed. */
async function findMiniBrowser(): Promise<string | null> {
  const names = await readdir(LIBRARIES).catch(() => []);
  const folder = names.filter((name) => name.startsWith('webkit2gtk-')).at(-1);
  const isDriven = (await versionOf('WebKitWebDriver', ['--help'])) !== null;
  return folder === undefined || !isDriven ? null : join(LIBRARIES, folder, 'MiniBrowser');
}

/**
 * Opens a page in WebKitGTK, through its WebDriver, on an X server without a screen.
 * @returns null where these are not installed
 */
export async function openWebKitVideoPage(
  origin: string,
): Promise<{ page: VideoPage; version: string } | null> {
  const binary = await findMiniBrowser();
  if (binary === null) return null;
  const screen = spawn('Xvfb', [DISPLAY, '-screen', '0', '1280x800x24'], { stdio: 'ignore' });
  const port = await freeTcpPort();
  const env = { ...process.env, DISPLAY, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { stdio: 'ignore', env });
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: T & { message?: string } };
    if (!response.ok) throw new Error(value.message ?? `answered ${response.status}`);
    return value;
  };
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } } };
  const { sessionId, capabilities: got } = await untilDone(() =>
    call<{ sessionId: string; capabilities: { browserVersion: string } }>('POST', '/session', {
      capabilities,
    }),
  );
  const session = `/session/${sessionId}`;
  await call('POST', `${session}/timeouts`, { script: 30_000 });
  await call('POST', `${session}/url`, { url: origin });
  const run = <T>(script: string) => call<T>('POST', `${session}/execute/async`, { script, args: [] });
  const player = await readFile(VIDEO_PLAYER_SCRIPT, 'utf8');
  await run(`document.body.innerHTML = '<video muted playsinline width="640"></video>';
    const script = document.createElement('script');
    script.textContent = ${JSON.stringify(player)};
    document.head.append(script);
    arguments[0]();`);
  const evaluate = async <T>(expression: string): Promise<T> => {
    const answer = await run<{ result?: T; error?: string }>(`const done = arguments[0];
      Promise.resolve().then(() => ${expression})
        .then((result) => done({ result }), (error) => done({ error: String(error) }));`);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result as T;
  };
  return {
    version: got.browserVersion,
    page: videoPage(evaluate, async () => {
      await call('DELETE', session);
      for (const child of [driver, screen]) await ended(child);
    }),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

/** Tries until it succeeds, because programs take a moment to start. */
async function untilDone<T>(attempt: () => Promise<T>): Promise<T> {
  for (const untilMs = performance.now() + STARTUP_MS; ; await sleep(200)) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
    }
  }
}
