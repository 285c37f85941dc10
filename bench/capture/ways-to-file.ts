import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { SyntheticPiece } from '@hindsight/rig/media/synthetic-buffer';
import { planClip } from '@hindsight/server/capture/plan/clip-plan';
import { moovUpperBound } from '@hindsight/mp4/tables/moov-upper-bound';
import { vodPlaylist } from '@hindsight/server/ffmpeg/segment-playlist';
import { layOutClip, type ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';

const run = promisify(execFile);

export interface Cost {
  ms: number;
  writtenBytes: number;
}

/** A way turns segments into a clip file, in an empty directory. */
export interface WayToFile {
  name: string;
  make: (pieces: readonly SyntheticPiece[], directory: string) => Promise<void>;
}

/** Every way has to do at least this: copy every byte once, and hash it. */
export const CAT_AND_HASH: WayToFile = {
  name: 'cat + SHA-256',
  async make(pieces, directory) {
    await sha256(await cat(pieces, directory));
  },
};

/** Builds the index and the layout of all segments, then writes the file and its SHA-256 in one pass, as fast as possible. */
export const OURS: WayToFile = {
  name: 'ours: index, layout, file + SHA-256',
  async make(pieces, directory) {
    const { signal } = new AbortController();
    await writeLayout(layOut(pieces), join(directory, 'laid-out.mp4'), { signal });
  },
};

/** Runs ffmpeg once over the segments where they are, with the index in front, and computes the SHA-256. */
export const FFMPEG_AND_HASH: WayToFile = {
  name: 'ffmpeg, one pass, + SHA-256',
  async make(pieces, directory) {
    const playlist = join(directory, 'pieces.m3u8');
    const output = join(directory, 'ffmpeg.mp4');
    await writeFile(playlist, vodPlaylist(pieces));
    const moovBytes = String(moovUpperBound({ video: 30 * 600, audio: 50 * 600 }));
    const input = ['-f', 'hls', '-i', playlist, '-c', 'copy'];
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...input, '-moov_size', moovBytes, output]);
    await sha256(output);
  },
};

export const WAYS_TO_FILE: readonly WayToFile[] = [
  { name: 'cat', make: async (pieces, directory) => void (await cat(pieces, directory)) },
  CAT_AND_HASH,
  OURS,
  { name: '  of it index and layout', make: async (pieces) => void layOut(pieces) },
  FFMPEG_AND_HASH,
  { name: 'copy, concat, faststart, SHA-256', make: copyAndConcatenate },
];

export function layOut(pieces: readonly SyntheticPiece[], fromMs = pieces[0]?.fromMs ?? 0): ClipLayout {
  const range = { fromMs, toMs: pieces.at(-1)?.toMs ?? 0 };
  const plan = planClip(pieces, range, () => undefined);
  if (plan === null) throw new Error('there is nothing to plan');
  return layOutClip(plan.runs);
}

export async function measure(work: () => Promise<void>): Promise<Cost> {
  const before = await writtenBytes();
  const startedAt = performance.now();
  await work();
  const ms = performance.now() - startedAt;
  return { ms, writtenBytes: (await writtenBytes()) - before };
}

/** Returns all bytes that this process and its ended children have passed to write(), see proc(5). */
async function writtenBytes(): Promise<number> {
  const io = await readFile('/proc/self/io', 'utf8');
  return Number(/^wchar: (\d+)$/m.exec(io)?.[1]);
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function cat(pieces: readonly SyntheticPiece[], directory: string): Promise<string> {
  const path = join(directory, 'cat.mp4');
  const files = [pieces[0]?.initPath ?? '', ...pieces.map((piece) => piece.path)];
  await run('sh', ['-c', 'cat "$@" > "$0"', path, ...files]);
  return path;
}

/** Does the usual: copies the segments aside, concatenates them, moves the index to the front, and hashes the result. */
async function copyAndConcatenate(pieces: readonly SyntheticPiece[], directory: string): Promise<void> {
  const copies = join(directory, 'segments');
  await mkdir(copies);
  const initPath = pieces[0]?.initPath ?? '';
  for (const path of [initPath, ...pieces.map((piece) => piece.path)])
    await copyFile(path, join(copies, basename(path)));
  const entries = pieces.map(
    ({ path, fromMs, toMs }) => `#EXTINF:${(toMs - fromMs) / 1000},\n${basename(path)}`,
  );
  const head = `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MAP:URI="${basename(initPath)}"`;
  const playlist = join(copies, 'concat.m3u8');
  await writeFile(playlist, `${head}\n${entries.join('\n')}\n#EXT-X-ENDLIST\n`);
  const output = join(directory, 'described.mp4');
  const copy = ['-c', 'copy', '-movflags', '+faststart', output];
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-i', playlist, ...copy]);
  await rm(copies, { recursive: true });
  await sha256(output);
}
