import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  Room,
  RoomEvent,
  TrackKind,
  VideoBufferType,
  VideoStream,
  AudioStream,
  type RemoteTrack,
} from '@livekit/rtc-node';

// This process records a share in the usual way: LiveKit's own SDK decodes it, and ffmpeg encodes it again, into HLS.

export interface DecodingTask {
  livekitUrl: string;
  token: string;
  directory: string;
  segmentSeconds: number;
}

const AUDIO_RATE = 48_000;

interface Pipe {
  write(data: Uint8Array): boolean;
}

/** Writes to a pipe and waits when ffmpeg is slower than the share. */
async function write(pipe: NodeJS.WritableStream & Pipe, data: Uint8Array): Promise<void> {
  if (!pipe.write(data)) await once(pipe, 'drain');
}

async function record({ livekitUrl, token, directory, segmentSeconds }: DecodingTask): Promise<number> {
  const room = new Room();
  const tracks = new Map<TrackKind, RemoteTrack>();
  const { promise, resolve } = Promise.withResolvers<void>();
  room.on(RoomEvent.TrackSubscribed, (track) => {
    if (track.kind !== undefined) tracks.set(track.kind, track);
    if (tracks.size === 2) resolve();
  });
  await room.connect(livekitUrl.replace(/^http/, 'ws'), token, { autoSubscribe: true, dynacast: false });
  await promise;
  const [video, audio] = [tracks.get(TrackKind.KIND_VIDEO), tracks.get(TrackKind.KIND_AUDIO)];
  if (video === undefined || audio === undefined) throw new Error('a share has picture and sound');

  const pictures = new VideoStream(video).getReader();
  // The first pictures may be smaller, until the bandwidth is known.
  let first = await pictures.read();
  while (!first.done && first.value.frame.height < 700) first = await pictures.read();
  if (first.done) throw new Error('the share ended');
  const { width, height } = first.value.frame;
  const keyframes = `expr:gte(t,n_forced*${segmentSeconds})`;
  const clock = ['-use_wallclock_as_timestamps', '1', '-thread_queue_size', '512'];
  const ffmpeg = spawn(
    process.env['FFMPEG_PATH'] ?? 'ffmpeg',
    [
      ...['-v', 'error', '-nostdin'],
      ...[...clock, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-i', 'pipe:3'],
      ...[...clock, '-f', 's16le', '-ar', `${AUDIO_RATE}`, '-ac', '1', '-i', 'pipe:4'],
      ...[
        '-fps_mode',
        'passthrough',
        '-enc_time_base:v',
        '1:90000',
        '-c:v',
        'libx264',
        '-preset',
        'veryfast',
      ],
      ...['-tune', 'zerolatency', '-force_key_frames', keyframes, '-c:a', 'aac'],
      ...['-f', 'hls', '-hls_time', `${segmentSeconds}`, '-hls_list_size', '0', '-hls_segment_type', 'fmp4'],
      join(directory, 'full.m3u8'),
    ],
    { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'] },
  );
  const [, , , videoPipe, audioPipe] = ffmpeg.stdio as unknown as (NodeJS.WritableStream & Pipe)[];
  if (videoPipe === undefined || audioPipe === undefined) throw new Error('ffmpeg has no pipes');

  const copyPictures = async (): Promise<void> => {
    for (let next = await pictures.read(); !next.done; next = await pictures.read()) {
      const { frame } = next.value;
      const planes = frame.type === VideoBufferType.I420 ? frame : frame.convert(VideoBufferType.I420);
      if (planes.width === width && planes.height === height) await write(videoPipe, planes.data);
    }
  };
  const copySound = async (): Promise<void> => {
    const sounds = new AudioStream(audio, AUDIO_RATE, 1).getReader();
    for (let next = await sounds.read(); !next.done; next = await sounds.read()) {
      const { data } = next.value;
      await write(audioPipe, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  };
  for (const copying of [copyPictures(), copySound()])
    copying.catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  return ffmpeg.pid ?? 0;
}

process.once('message', (task: DecodingTask) => {
  record(task).then(
    (ffmpegPid) => process.send?.(ffmpegPid),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
// ffmpeg ends when its pipes close.
process.once('disconnect', () => process.exit());
