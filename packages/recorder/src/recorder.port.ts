import type { Quality } from '@hindsight/shared/replay';

/** What a recorder is told to record: one participant's screen share, its tracks verified by the caller. */
export interface RecordingRequest {
  sessionId: string;
  room: string;
  /** The sharer's LiveKit identity. */
  identity: string;
  videoTrackSid: string;
  audioTrackSid?: string;
  quality: Quality;
  /** Absolute directory for this recording alone; made by the recorder, segments and playlists are written into it. */
  destination: string;
}

/**
 * Why a recording ended. `share-ended`: the track was unpublished; `participant-left`: with its publisher;
 * `connection-lost`: the publisher or the recorder's own connection vanished; `failed`: the recorder itself.
 */
export type RecordingEnd = 'stopped' | 'share-ended' | 'participant-left' | 'connection-lost' | 'failed';

/** What a network has cost a recording so far. */
export interface RecordingLosses {
  /** Packets that came after being asked for again, and packets that never came. */
  recoveredPackets: number;
  lostPackets: number;
  /** How long the picture has stood still because pictures were lost. */
  frozenMs: number;
  /** How often, and how long in all, nothing could be recorded; gaps of the timeline. */
  interruptions: number;
  missingMs: number;
}

export const NO_LOSSES: RecordingLosses = {
  recoveredPackets: 0,
  lostPackets: 0,
  frozenMs: 0,
  interruptions: 0,
  missingMs: 0,
};

interface EventBase {
  egressId: string;
  sessionId: string;
}

export type RecorderEvent =
  /** First frame recorded; its true wall-clock time, epoch ms. */
  | (EventBase & { type: 'started'; startedAtMs: number })
  /** A segment was closed and is in the playlist. Epoch ms. */
  | (EventBase & { type: 'segment'; fromMs: number; toMs: number; sizeBytes: number })
  /** No new media though the share is on (true), or media again (false). */
  | (EventBase & { type: 'degraded'; isDegraded: boolean })
  /** LiveKit or the share is away for the moment, and waited for (true); or there again. */
  | (EventBase & { type: 'waiting'; isWaiting: boolean })
  /** Its publisher, or the connection to them, is another one now: the same share goes on under these SIDs. */
  | (EventBase & { type: 'moved'; videoTrackSid: string; audioTrackSid?: string })
  /** What the network has cost so far, when that has grown: a few seconds late. */
  | (EventBase & { type: 'losses'; losses: RecordingLosses })
  /** The playlist is final. Sent exactly once for each recording that `start` answered. */
  | (EventBase & { type: 'ended'; reason: RecordingEnd; detail?: string });

export interface RecordingStatus {
  egressId: string;
  sessionId: string;
  room: string;
  identity: string;
  isDegraded: boolean;
  /** Of the share as it is published now. Undefined, as the next two, from a recorder that can't tell. */
  videoTrackSid?: string;
  /** LiveKit or the share is away for the moment: that it isn't listed is no reason to end the recording. */
  isWaiting?: boolean;
  losses?: RecordingLosses;
  /** First recorded frame, epoch ms; undefined until there is one. */
  startedAtMs?: number;
}

/**
 * Turns screen shares into HLS under `destination`: segments, `full.m3u8` (all that is kept, EXT-X-PROGRAM-DATE-TIME on
 * every entry) and `live.m3u8` (the newest few). Two implementations pass one contract test.
 */
export interface Recorder {
  /** Whether `flush` takes milliseconds; if not, it waits for a segment or two. */
  readonly flushesAtOnce: boolean;
  /**
   * Resolves when the recorder has joined and asked for the tracks; media follow as events.
   * @throws AppError RECORDER_UNAVAILABLE (recorder or LiveKit unreachable), RECORDER_BUSY (it records all it can),
   * NOT_SHARING (no such track in the room)
   */
  start(request: RecordingRequest): Promise<{ egressId: string }>;
  /**
   * Goes on with a recording that an earlier process of ours started; its events follow, and at once its end if it has
   * ended meanwhile. False when there is nothing to go on with: it ended with its process, or nobody knows it.
   */
  adopt(recording: RecordingRequest & { egressId: string }): Promise<boolean>;
  /** Ends the recording and finalises its playlist. Unknown or ended ids resolve too. */
  stop(egressId: string): Promise<void>;
  /**
   * Makes everything received so far readable in `full.m3u8`, the open segment as an EXT-X-BYTERANGE entry of what is
   * complete in it; a recorder that can't, waits until it has been published (see `flushesAtOnce`). Resolves
   * with the true time up to which media is readable (epoch ms), null when there is none.
   */
  flush(egressId: string): Promise<{ readableToMs: number | null }>;
  list(): Promise<RecordingStatus[]>;
  /** Returns the function that takes the listener off again. Listeners never get another recorder's events. */
  subscribe(listener: (event: RecorderEvent) => void): () => void;
  /** Ends all recordings (reason `stopped`), finalises their playlists and frees the worker. */
  close(): Promise<void>;
}
