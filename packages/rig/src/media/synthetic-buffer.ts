import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLOCK_BITS, CLOCK_BLOCK, CLOCK_ORIGIN } from './clip-probe.ts';
import { runFfmpeg } from './run-ffmpeg.ts';

export interface SyntheticSessionOptions {
  /** The session is written to {bufferDir}/{room}/{user}/{sessionId}. */
  bufferDir: string;
  room: string;
  user: string;
  sessionId?: string;
  /** The true time of the first frame is in epoch ms. */
  startMs: number;
  /** The clock in the pictures, and the beeps, begin at this time in place of `startMs`, so that sessions can share an encoding. */
  clockFromMs?: number;
  durationMs: number;
  width?: number;
  height?: number;
  framesPerSecond?: number;
  bitrateBps?: number;
  hasAudio?: boolean;
  /** A beep at each whole second is the default. The noise swells and fades, as a game does, and so is work for an encoder. */
  sound?: 'beeps' | 'noise';
  /** The default is H.264. */
  codec?: 'h264' | 'vp9';
  /** From this time on, counted from the start, there is one picture a second, as of a screen on which nothing moves. */
  stillFromMs?: number;
  /** A long buffer is made quickly by repeating this much encoded media (whole segments). Its clock repeats as well. */
  loopMs?: number;
  /** A fragment lasts so long, 1 s by default; those of a real recorder last 0.8 s. */
  fragmentMs?: number;
  /**
   * This many of the fragments at the end are not complete yet: the last segment is open, and its file is longer than
   * listed.
   */
  unfinishedFragments?: number;
}

/** The segment has the form in which the server's timeline lists it. Times are in epoch ms. */
export interface SyntheticPiece {
  sessionId: string;
  path: string;
  sizeBytes: number;
  initPath: string;
  codecKey: string;
  fromMs: number;
  toMs: number;
  isDiscontinuity: boolean;
}

export interface SyntheticSession {
  sessionId: string;
  dir: string;
  playlistPath: string;
  pieces: SyntheticPiece[];
  /** The readable media ends at this true time. */
  endMs: number;
}

const SEGMENT_SECONDS = 4;

/**
 * Writes what the recorder would have written for a share: H.264 without B-frames, or VP9, and Opus in fMP4 segments of 4 s
 * with fragments of 1 s unless `fragmentMs` is given. The burnt-in clock runs from `startMs`, and there is a beep at each whole second of it.
 */
export async function writeSyntheticSession(options: SyntheticSessionOptions): Promise<SyntheticSession> {
  const sessionId = options.sessionId ?? randomUUID();
  const dir = join(options.bufferDir, options.room, options.user, sessionId);
  await mkdir(dir, { recursive: true });
  const { init, fragments } = splitFragments(await encode(options));

  const initPath = join(dir, 'init_0.mp4');
  await writeFile(initPath, init);
  const codecKey = createHash('sha256').update(init).digest('hex');
  const listed = fragments.slice(0, fragments.length - (options.unfinishedFragments ?? 0));
  const segmentCount = (listed.at(-1)?.segment ?? -1) + 1;
  const pieces: SyntheticPiece[] = [];
  for (let segment = 0; segment < segmentCount; segment++) {
    const complete = listed.filter((fragment) => fragment.segment === segment);
    const path = join(dir, `seg_${String(segment).padStart(6, '0')}.m4s`);
    const inFile = fragments.filter((fragment) => fragment.segment === segment);
    await writeFile(path, Buffer.concat(inFile.map(({ bytes }) => bytes)));
    const next = fragments.find(({ startSeconds }) => startSeconds > (complete.at(-1)?.startSeconds ?? 0));
    pieces.push({
      sessionId,
      path,
      sizeBytes: complete.reduce((sum, { bytes }) => sum + bytes.length, 0),
      initPath,
      codecKey,
      fromMs: options.startMs + segment * SEGMENT_SECONDS * 1000,
      toMs: options.startMs + Math.round(next === undefined ? options.durationMs : next.startSeconds * 1000),
      isDiscontinuity: segment === 0,
    });
  }
  const playlistPath = join(dir, 'full.m3u8');
  await writeFile(playlistPath, playlist(pieces, options.unfinishedFragments === undefined));
  return { sessionId, dir, playlistPath, pieces, endMs: pieces.at(-1)?.toMs ?? options.startMs };
}

/** Encoding takes longer than everything else, so tests in one file that need the same media share the result. */
const encodings = new Map<string, Promise<Buffer>>();

/** Encodes one fragmented MP4 of the whole session. */
async function encode(options: SyntheticSessionOptions): Promise<Buffer> {
  const { durationMs, loopMs = null, width = 1280, height = 720, framesPerSecond = 15 } = options;
  const { startMs, clockFromMs = startMs } = options;
  const { bitrateBps = 1_000_000, hasAudio = true, codec = 'h264', stillFromMs = durationMs } = options;
  const { fragmentMs = 1000, sound = 'beeps' } = options;
  const wanted = {
    startMs: clockFromMs,
    width,
    height,
    framesPerSecond,
    bitrateBps,
    hasAudio,
    codec,
    stillFromMs,
    fragmentMs,
    sound,
  };
  const once = { ...wanted, durationMs: loopMs ?? durationMs };
  const key = JSON.stringify(once);
  const known = encodings.get(key) ?? encodeOnce(once);
  encodings.set(key, known);
  return loopMs === null ? known : repeatMedia(await known, durationMs, fragmentMs);
}

const VIDEO_RATE = 90_000;
const TIMESCALE = ['-video_track_timescale', String(VIDEO_RATE)];
const FRAGMENTED = '+empty_moov+default_base_moof+frag_keyframe';

type Media = Required<
  Omit<
    SyntheticSessionOptions,
    'bufferDir' | 'room' | 'user' | 'sessionId' | 'clockFromMs' | 'loopMs' | 'unfinishedFragments'
  >
>;

async function encodeOnce(media: Media): Promise<Buffer> {
  const { startMs, durationMs, width, height, framesPerSecond, bitrateBps, hasAudio, codec, stillFromMs } =
    media;
  const { fragmentMs, sound: kind } = media;
  const seconds = durationMs / 1000;
  const rate = `${framesPerSecond}`;
  const strip = `${CLOCK_BITS * CLOCK_BLOCK.width}:${CLOCK_BLOCK.height}`;
  // The grain makes the encoder use the bitrate that it is given.
  const grain = Math.min(100, Math.round(bitrateBps / 60_000));
  const picture = [
    `testsrc2=s=${width}x${height}:r=${rate}:d=${seconds},noise=alls=${grain}:allf=t[page]`,
    `color=s=${CLOCK_BITS}x1:r=${rate}:d=${seconds},format=gray,geq=lum='${clockExpression(startMs, framesPerSecond)}',scale=${strip}:flags=neighbor[clock]`,
    `[page][clock]overlay=${CLOCK_ORIGIN.x}:${CLOCK_ORIGIN.y},format=yuv420p,select='lt(t\\,${stillFromMs / 1000})+not(mod(n\\,${rate}))'[v]`,
  ];
  // libopus inserts 312 samples in front. The sound starts that much later, so its first packet is at 0 and the beeps are in
  // time.
  const priming = 312 / 48_000;
  const toSecond = (startMs % 1000) / 1000 + priming;
  const sources = {
    beeps: `aevalsrc='0.4*sin(2*PI*1000*t)*lt(mod(t+${toSecond}\\,1)\\,0.1)':s=48000:n=960:c=mono:d=${seconds}`,
    noise: `anoisesrc=c=pink:a=0.3:seed=7:r=48000:n=960:d=${seconds},tremolo=f=0.3:d=0.9`,
  };
  const sound = `${sources[kind]},pan=stereo|c0=c0|c1=c0,asetpts=PTS+${priming}/TB[a]`;
  const gop = String(framesPerSecond * SEGMENT_SECONDS);
  const kbps = `${Math.round(bitrateBps / 1000)}k`;
  const timing = ['-fps_mode', 'vfr', ...TIMESCALE];
  const graph = ['-filter_complex', [...picture, ...(hasAudio ? [sound] : [])].join(';')];
  const maps = ['-map', '[v]', ...(hasAudio ? ['-map', '[a]', '-c:a', 'libopus', '-b:a', '96k'] : [])];
  const preset = ['-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', 'baseline'];
  const bitrate = ['-b:v', kbps, '-maxrate', kbps, '-bufsize', kbps];
  const everySegment = `expr:gte(t,n_forced*${SEGMENT_SECONDS})`;
  const keyframes = ['-g', gop, '-sc_threshold', '0', '-force_key_frames', everySegment];
  // The recorder also puts the parameter sets into every keyframe.
  const inBand = ['-bsf:v', 'dump_extra=freq=keyframe'];
  const encoders = {
    h264: ['-c:v', 'libx264', ...preset, ...bitrate, ...keyframes, ...inBand],
    vp9: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', ...bitrate, ...keyframes],
  };
  return encodeInScratch([...graph, ...maps, ...encoders[codec], ...timing], { fragmentMs });
}

/** Repeats the media until the duration is reached. */
async function repeatMedia(media: Buffer, durationMs: number, fragmentMs: number): Promise<Buffer> {
  const input = ['-stream_loop', '-1', '-i', 'once.mp4'];
  const args = [...input, '-c', 'copy', '-t', String(durationMs / 1000), ...TIMESCALE];
  return encodeInScratch(args, { fragmentMs, media });
}

/** Runs ffmpeg with these arguments and returns its output file. `media` is available to it as once.mp4. */
async function encodeInScratch(
  args: readonly string[],
  { fragmentMs, media }: { fragmentMs: number; media?: Buffer },
): Promise<Buffer> {
  const work = await mkdtemp(join(tmpdir(), 'synthetic-buffer-'));
  try {
    if (media !== undefined) await writeFile(join(work, 'once.mp4'), media);
    const fragments = ['-movflags', FRAGMENTED, '-frag_duration', String(fragmentMs * 1000), '-f', 'mp4'];
    await runFfmpeg(['-v', 'error', ...args, ...fragments, 'made.mp4'], work);
    return await readFile(join(work, 'made.mp4'));
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Returns the brightness of block X in frame N as an ffmpeg expression. */
function clockExpression(startMs: number, framesPerSecond: number): string {
  const time = `mod(${startMs % 2 ** 32}+floor(N*1000/${framesPerSecond}+0.5),4294967296)`;
  const byte = (shift: number) => `mod(floor(ld(0)/${2 ** shift}),256)`;
  const checksum = `mod(${byte(24)}+${byte(16)}+${byte(8)}+${byte(0)}+90,256)`;
  const bit = `if(lt(X,32),mod(floor(ld(0)/pow(2,31-X)),2),mod(floor(${checksum}/pow(2,39-X)),2))`;
  return `st(0,${time})*0+255*${bit}`;
}

interface Fragment {
  /** The fragment consists of a moof and an mdat box. */
  bytes: Buffer;
  /** The first picture of the fragment starts at this time. */
  startSeconds: number;
  /** The fragment belongs to the segment with this number. */
  segment: number;
}

/**
 * Splits a file into its top-level boxes (ISO/IEC 14496-12, 4.2); everything before the first moof is the init segment. What
 * the encoder writes after the last picture (the sound's last packet) is added to the previous fragment.
 */
function splitFragments(file: Buffer): { init: Buffer; fragments: Fragment[] } {
  const starts: number[] = [];
  let end = file.length;
  for (let at = 0; at < file.length; at += file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8);
    if (type === 'moof') starts.push(at);
    if (type === 'mfra') end = at;
  }
  const fragments: Fragment[] = [];
  for (const [index, start] of starts.entries()) {
    const bytes = file.subarray(start, starts[index + 1] ?? end);
    const startSeconds = pictureTime(bytes);
    const last = fragments.at(-1);
    if (startSeconds !== null)
      fragments.push({ bytes, startSeconds, segment: Math.floor(startSeconds / SEGMENT_SECONDS + 1e-3) });
    else if (last !== undefined) last.bytes = Buffer.concat([last.bytes, bytes]);
  }
  return { init: file.subarray(0, starts[0]), fragments };
}

const VIDEO_TRACK = 1;

/** Reads the first tfdt, if it belongs to the video track. The encoder puts that track first. */
function pictureTime(fragment: Buffer): number | null {
  const tfhd = fragment.indexOf('tfhd', 0, 'latin1');
  const tfdt = fragment.indexOf('tfdt', 0, 'latin1');
  if (fragment.readUInt32BE(tfhd + 8) !== VIDEO_TRACK) return null;
  return Number(fragment.readBigUInt64BE(tfdt + 8)) / VIDEO_RATE;
}

function playlist(pieces: readonly SyntheticPiece[], isEnded: boolean): string {
  const name = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${SEGMENT_SECONDS}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
  ];
  lines.push('#EXT-X-MAP:URI="init_0.mp4"');
  for (const [index, piece] of pieces.entries()) {
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(piece.fromMs).toISOString()}`);
    lines.push(`#EXTINF:${((piece.toMs - piece.fromMs) / 1000).toFixed(3)},`);
    if (!isEnded && index === pieces.length - 1) lines.push(`#EXT-X-BYTERANGE:${piece.sizeBytes}@0`);
    lines.push(name(piece.path));
  }
  if (isEnded) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}
