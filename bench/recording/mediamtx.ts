import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freeTcpPort } from '@hindsight/rig/servers/free-ports';
import { cachePath } from '../../scripts/programs/go-program.mjs';
import { cpuMsOf } from './publishers.ts';

const run = promisify(execFile);

export const MEDIAMTX_VERSION = '1.13.0';
const FFMPEG = process.env['FFMPEG_PATH'] ?? 'ffmpeg';
const SEGMENT_SECONDS = 4;
const CLIP_SECONDS = 20;
const START_DEADLINE_MS = 20_000;

/** MediaMTX as it records shares: a native recorder (Go) that gets RTP over RTSP and TCP, without encryption. */
export interface MediamtxRecordings {
  cpuMs(): number;
  storedBytes(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Records shares of 720p, 15 pictures a second and 2 Mbit/s with Opus, as the synthetic publishers send them, into fragmented
 * MP4 of four seconds each. Resolves when files of all of them are there.
 */
export async function recordWithMediamtx(directory: string, shares: number): Promise<MediamtxRecordings> {
  const port = await freeTcpPort();
  const config = join(directory, 'mediamtx.yml');
  const recordings = join(directory, 'recordings');
  await mkdir(recordings, { recursive: true });
  await writeFile(config, configurationOf(port, recordings));
  const server = spawn(await builtMediamtx(), [config], { stdio: 'ignore' });
  let publisher: ChildProcess | undefined;
  const stop = async () => {
    await end(publisher);
    await end(server);
  };
  try {
    await untilListening(server, port);
    publisher = publish(await sampleShare(directory), port, shares);
    await untilAllRecorded(recordings, shares);
  } catch (error) {
    await stop();
    throw error;
  }
  return { cpuMs: () => cpuMsOf(server.pid ?? 0), storedBytes: () => sizeOfFolder(recordings), stop };
}

function configurationOf(port: number, recordings: string): string {
  return [
    'logLevel: error',
    `rtspAddress: 127.0.0.1:${port}`,
    'rtspTransports: [tcp]',
    ...['rtmp', 'hls', 'webrtc', 'srt'].map((protocol) => `${protocol}: no`),
    'pathDefaults:',
    '  record: yes',
    '  recordFormat: fmp4',
    `  recordPath: ${recordings}/%path/%Y-%m-%d_%H-%M-%S-%f`,
    `  recordSegmentDuration: ${SEGMENT_SECONDS}s`,
    'paths:',
    '  all_others:',
  ].join('\n');
}

/** Builds MediaMTX with the Go that is installed, once on a machine. */
async function builtMediamtx(): Promise<string> {
  const target = cachePath('mediamtx', MEDIAMTX_VERSION);
  const isBuilt = await access(target).then(
    () => true,
    () => false,
  );
  if (isBuilt) return target;
  console.error(
    `building MediaMTX ${MEDIAMTX_VERSION} with Go, which takes some minutes, once on this machine`,
  );
  const { stdout } = await run('go', [
    'mod',
    'download',
    '-json',
    `github.com/bluenviron/mediamtx@v${MEDIAMTX_VERSION}`,
  ]);
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const source = `${target}-source`;
  await cp(Dir, source, { recursive: true });
  await run('chmod', ['-R', 'u+w', source]);
  // Its own build fetches these two from elsewhere: its version, and the player of a page that recording doesn't need.
  await writeFile(join(source, 'internal/core/VERSION'), `v${MEDIAMTX_VERSION}`);
  await writeFile(join(source, 'internal/servers/hls/hls.min.js'), '');
  await mkdir(dirname(target), { recursive: true });
  await run('go', ['build', '-o', `${target}.new`, '.'], { cwd: source });
  await rename(`${target}.new`, target);
  return target;
}

/** Makes a file of what each share sends. */
async function sampleShare(directory: string): Promise<string> {
  const path = join(directory, 'share.mp4');
  await run(FFMPEG, [
    ...['-v', 'error', '-y'],
    ...['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=15:duration=${CLIP_SECONDS},noise=alls=20:allf=t`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${CLIP_SECONDS}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '60'],
    ...['-b:v', '1900k', '-minrate', '1900k', '-maxrate', '1900k', '-bufsize', '1900k'],
    ...['-c:a', 'libopus', '-b:a', '64k', path],
  ]);
  return path;
}

function publish(path: string, port: number, shares: number): ChildProcess {
  const outputs = Array.from({ length: shares }, (_, share) => [
    ...['-c', 'copy', '-f', 'rtsp', '-rtsp_transport', 'tcp', `rtsp://127.0.0.1:${port}/share-${share}`],
  ]).flat();
  return spawn(FFMPEG, ['-v', 'error', '-re', '-stream_loop', '-1', '-i', path, ...outputs], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function untilListening(server: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline && server.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch((error: unknown) => error);
    // RTSP is no HTTP: the connection is taken, and the question refused.
    if (!String((answer as Error).cause ?? answer).includes('ECONNREFUSED')) return;
    await sleep(100);
  }
  throw new Error(`MediaMTX doesn't listen on port ${port}`);
}

async function untilAllRecorded(recordings: string, shares: number): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline) {
    const paths = await readdir(recordings);
    const files = await Promise.all(paths.map((path) => readdir(join(recordings, path))));
    if (files.filter(({ length }) => length > 0).length === shares) return;
    await sleep(200);
  }
  throw new Error(`MediaMTX does not record all of ${shares} shares`);
}

async function sizeOfFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
