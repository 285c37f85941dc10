import type { MediaKind } from './codecs/rtp-data.ts';
import type { Quality } from '@hindsight/shared/replay/replay';

/** A request to record one participant's screen share, whose tracks the caller has verified. */
export interface RecordingRequest {
  sessionId: string;
  room: string;
  /** The participant who shares has this LiveKit identity. */
  identity: string;
  videoTrackSid: string;
  audioTrackSid?: string;
  quality: Quality;
  /**
   * The destination is an absolute directory for this recording only. The recorder creates it and writes segments and
   * playlists into it.
   */
  destination: string;
}

/**
 * Recordings end for these reasons. `share-ended`: the track was unpublished; `participant-left`: its publisher left the
 * room; `connection-lost`: the publisher or the recorder's own connection vanished; `disk-full`: nothing more could be
 * written; `failed`: the recorder itself failed.
 */
export type RecordingEnd =
  | 'stopped'
  | 'share-ended'
  | 'participant-left'
  | 'connection-lost'
  | 'disk-full'
  | 'failed';

/** The damage that the network has done to a recording so far. */
export interface RecordingLosses {
  /** Packets that arrived after they were asked for again, and packets that never arrived. */
  recoveredPackets: number;
  lostPackets: number;
  /** How many of these were sound; the others were pictures. */
  recoveredSoundPackets: number;
  lostSoundPackets: number;
  /** How often a keyframe was asked for because pictures were missing. */
  requestedKeyframes: number;
  /** How long the picture has been frozen because pictures were lost, also while it still is. */
  frozenMs: number;
  /** How often, and for how long in total, nothing could be recorded: the gaps of the timeline. */
  interruptions: number;
  missingMs: number;
  /** How often a track that could not be used was subscribed to anew, and how often the room was joined anew for one. */
  renewedSubscriptions: number;
  renewedConnections: number;
}

export const NO_LOSSES: RecordingLosses = {
  recoveredPackets: 0,
  lostPackets: 0,
  recoveredSoundPackets: 0,
  lostSoundPackets: 0,
  requestedKeyframes: 0,
  frozenMs: 0,
  interruptions: 0,
  missingMs: 0,
  renewedSubscriptions: 0,
  renewedConnections: 0,
};

/** The participants whose microphones a recording keeps, and those of whom it must forget what it has kept. */
export interface KeptVoices {
  /** Identities; no other microphone is kept. */
  keep: readonly string[];
  /** Identities that aren't kept any more, and of which nothing may be left. */
  forget: readonly string[];
}

/** How a voice that a recording is told to keep is doing. */
export interface VoiceStatus {
  identity: string;
  /**
   * `kept`: what the participant says is written. `muted`: all their microphones are. `away`: they are not in the room, or have no
   * microphone. `left-out`: more voices are to be kept than a recording can, and others spoke louder.
   */
  state: 'kept' | 'muted' | 'away' | 'left-out';
}

interface EventBase {
  egressId: string;
  sessionId: string;
}

export type RecorderEvent =
  /** The first frame was recorded; its true wall-clock time is in epoch ms. */
  | (EventBase & { type: 'started'; startedAtMs: number })
  /** A segment was closed and is in the playlist. Its times are in epoch ms. */
  | (EventBase & { type: 'segment'; fromMs: number; toMs: number; sizeBytes: number })
  /**
   * Although the share is on no media arrive or one track can't be used (true), or all is well again (false). `tracks` says
   * which can't be used, and comes again when that changes; it is undefined for a recorder that can't tell.
   */
  | (EventBase & { type: 'degraded'; isDegraded: boolean; tracks?: readonly MediaKind[] })
  /** LiveKit or the share is away and the recorder waits for it (true), or it is back (false). */
  | (EventBase & { type: 'waiting'; isWaiting: boolean })
  /** The publisher has connected anew, or another connection publishes the same share, which now has these SIDs. */
  | (EventBase & { type: 'moved'; videoTrackSid: string; audioTrackSid?: string })
  /** The losses have changed. The event comes a few seconds late. */
  | (EventBase & { type: 'losses'; losses: RecordingLosses })
  /** The state of the voices that are kept has changed. */
  | (EventBase & { type: 'voices'; voices: readonly VoiceStatus[] })
  /** The playlist is final. This event is sent exactly once for each recording that `start` has returned. */
  | (EventBase & { type: 'ended'; reason: RecordingEnd; detail?: string });

export interface RecordingStatus {
  egressId: string;
  sessionId: string;
  room: string;
  identity: string;
  isDegraded: boolean;
  /** The tracks that can't be used now; undefined for a recorder that can't tell. */
  degradedTracks?: readonly MediaKind[];
  /** The SID of the share as it is published now. This and the next two fields are undefined for a recorder that can't tell. */
  videoTrackSid?: string;
  /** LiveKit or the share is away for the moment. A share that isn't listed is then no reason to end the recording. */
  isWaiting?: boolean;
  losses?: RecordingLosses;
  /** The voices that it was told to keep; undefined for a recorder that keeps none. */
  voices?: readonly VoiceStatus[];
  /** The first frame was recorded at this time, in epoch ms; undefined until there is one. */
  startedAtMs?: number;
}

/**
 * Turns screen shares into HLS under `destination`: segments, `full.m3u8` (everything that is kept, with
 * EXT-X-PROGRAM-DATE-TIME on every entry) and `live.m3u8` (the newest few), both for any player after a flush and at the end. The two
 * implementations pass one contract test.
 */
export interface Recorder {
  /** Whether `flush` takes only milliseconds; if not, it waits for a segment or two. */
  readonly flushesAtOnce: boolean;
  /** Whether it can keep voices beside the share. */
  readonly supportsVoices: boolean;
  /**
   * Starts a recording. Resolves when the recorder has joined and asked for the tracks; media follow as events.
   * @throws AppError RECORDER_UNAVAILABLE (recorder or LiveKit unreachable), RECORDER_BUSY (it records all it can),
   *   NOT_SHARING (no such track in the room)
   */
  start(request: RecordingRequest): Promise<{ egressId: string }>;
  /**
   * Resumes a recording that an earlier process of ours started. Its events follow, and at once its end if it has ended
   * meanwhile. Returns false when there is nothing to resume: the recording ended with its process, or nobody knows it.
   */
  adopt(recording: RecordingRequest & { egressId: string }): Promise<boolean>;
  /** Ends the recording and finalises its playlist. It also resolves for unknown or ended ids. */
  stop(egressId: string): Promise<void>;
  /**
   * Has a recording keep the microphones of exactly these participants from now on, each in pieces of its own (`voices/voice-piece.ts`).
   * A recording begins without any. Resolves when nothing more of others is written, and nothing of the forgotten is left in
   * memory or on the disk. Voices that fail or are missing never harm the recording. It also resolves for unknown or ended ids
   * and, where voices aren't supported, does nothing.
   * @throws TypeError when an identity can't be the name of a folder
   */
  setVoices(egressId: string, voices: KeptVoices): Promise<void>;
  /**
   * Makes everything received so far readable in `full.m3u8`, with the open segment as an EXT-X-BYTERANGE entry of its
   * complete bytes. A recorder that can't do this waits until the media have been published (see `flushesAtOnce`). Resolves
   * with the true time up to which media are readable (epoch ms), null when there are none.
   */
  flush(egressId: string): Promise<{ readableToMs: number | null }>;
  list(): Promise<RecordingStatus[]>;
  /** Resolves when recordings can probably be started. @throws Error that says what is missing */
  ping(): Promise<void>;
  /** Adds a listener and returns the function that removes it. Listeners never get another recorder's events. */
  subscribe(listener: (event: RecorderEvent) => void): () => void;
  /** Ends all recordings (reason `stopped`), finalises their playlists and stops the worker threads. */
  close(): Promise<void>;
}
