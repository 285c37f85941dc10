import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { burntClock, type BurntClockOptions, type BurntFrame } from '@hindsight/rig/media/clip-probe';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { createEmbeddedRecorder, type EmbeddedRecorderOptions } from '../embedded.recorder.ts';
import type { Recorder, RecorderEvent, RecordingRequest } from '../recorder.port.ts';
import { SyntheticPublisher, type SyntheticPublisherOptions } from './synthetic-publisher.ts';

/** The recordings are cut into segments of about this length. */
export const SEGMENT_MS = 2000;

/** A segment as the playlist lists it. Times are in epoch ms. */
export interface ListedSegment {
  file: string;
  fromMs: number;
  durationMs: number;
}

/** A picture of a recording, with the time at which the playlist shows it and the time at which it was drawn. */
export interface RecordedFrame extends BurntFrame {
  wallMs: number;
}

export type RecorderStage = Awaited<ReturnType<typeof openRecorderStage>>;

/** Opens a real LiveKit with shares in it, and recorders that write them into a folder. */
export async function openRecorderStage() {
  const livekit = await startLivekit();
  const directory = mkdtempSync(join(tmpdir(), 'recorder-media-'));
  let rooms = 0;
  /** Creates a sharer in a room of their own. */
  const newSharer = () => ({ livekit, room: `room-${++rooms}`, identity: `sharer-${rooms}` });

  return {
    livekit,
    directory,
    newSharer,

    /** Starts a share that costs next to nothing; its clock is at CLOCK_STRIP. */
    share: (options: Partial<SyntheticPublisherOptions> = {}) =>
      SyntheticPublisher.start({ ...newSharer(), ...options }),

    newRecorder: (
      options: Partial<EmbeddedRecorderOptions> = {},
      { url: livekitUrl, apiKey, apiSecret }: LivekitRig = livekit,
    ): Recorder =>
      createEmbeddedRecorder({ livekitUrl, apiKey, apiSecret, segmentMs: SEGMENT_MS, ...options }),

    request: (
      { room, identity, videoTrackSid, audioTrackSid }: RequestedShare,
      name: string,
    ): RecordingRequest => ({
      ...{ sessionId: name, room, identity, videoTrackSid, audioTrackSid },
      quality: '720p',
      destination: join(directory, name),
    }),

    readPlaylist: (name: string) => readPlaylist(join(directory, name, 'full.m3u8')),

    /** Returns all pictures of a recording that has ended. */
    async framesOf(name: string, clock: BurntClockOptions = {}): Promise<RecordedFrame[]> {
      const file = join(directory, name, 'full.m3u8');
      const [first] = readPlaylist(file).segments;
      const frames = await burntClock(file, clock);
      const zeroMs = (first?.fromMs ?? 0) - (frames[0]?.ptsMs ?? 0);
      return frames.map((frame) => ({ ...frame, wallMs: zeroMs + frame.ptsMs }));
    },

    async close(): Promise<void> {
      await livekit.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

type RequestedShare = Pick<RecordingRequest, 'room' | 'identity' | 'videoTrackSid' | 'audioTrackSid'>;

/** Reads a playlist. @param file the path of a `full.m3u8` */
function readPlaylist(file: string): { text: string; segments: ListedSegment[]; endMs: number } {
  const text = readFileSync(file, 'utf8');
  const pattern = /#EXT-X-PROGRAM-DATE-TIME:(.*)\n#EXTINF:(.*),\n(?:#EXT-X-BYTERANGE.*\n)?(.*)\n/g;
  const segments = [...text.matchAll(pattern)].map(([, time = '', seconds, name = '']) => ({
    file: name,
    fromMs: Date.parse(time),
    durationMs: Number(seconds) * 1000,
  }));
  const last = segments.at(-1);
  return { text, segments, endMs: (last?.fromMs ?? 0) + (last?.durationMs ?? 0) };
}

/** Collects the events of a recorder from now on. */
export function listen(recorder: Recorder) {
  const events: RecorderEvent[] = [];
  recorder.subscribe((event) => events.push(event));
  const all = <T extends RecorderEvent['type']>(type: T) =>
    events.filter((event): event is RecorderEvent & { type: T } => event.type === type);
  return {
    events,
    all,
    /** Resolves with the first events of a kind, once there are as many. */
    seen: <T extends RecorderEvent['type']>(type: T, timeoutMs = 30_000, count = 1) =>
      vi.waitFor(() => {
        const found = all(type);
        if (found.length < count)
          throw new Error(`${found.length} events '${type}' within ${timeoutMs} ms, not ${count}`);
        return found;
      }, timeoutMs),
  };
}
