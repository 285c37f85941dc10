import {
  DisconnectReason,
  Encryption_Type,
  ParticipantInfo_State,
  TrackSource,
  TrackType,
  type ParticipantInfo,
  type TrackInfo,
} from '@livekit/protocol';
import type { RecordingEnd, RecordingRequest } from '../recorder.port.ts';

export type ShareTracks = Pick<RecordingRequest, 'videoTrackSid' | 'audioTrackSid'>;

/** The share that is to be recorded, as LiveKit lists it now. */
export interface FoundShare extends ShareTracks {
  participantSid: string;
  isMuted: boolean;
  /** The reason why its picture can't be recorded; undefined when it can. */
  refusal: string | undefined;
}

/** This is the state of the share according to LiveKit's list of participants. */
export type ShareState =
  /** There is nothing new, or the share is missing for now. */
  { kind: 'absent' } | { kind: 'shared'; share: FoundShare } | { kind: 'ended'; reason: RecordingEnd };

/** With these reasons a connection was lost. All other reasons are somebody's decision. */
const LOST_CONNECTION = new Set([
  DisconnectReason.UNKNOWN_REASON,
  DisconnectReason.SIGNAL_CLOSE,
  DisconnectReason.STATE_MISMATCH,
  DisconnectReason.JOIN_FAILURE,
  DisconnectReason.CONNECTION_TIMEOUT,
  DisconnectReason.MEDIA_FAILURE,
  DisconnectReason.SERVER_SHUTDOWN,
  DisconnectReason.MIGRATION,
  // The same person has joined again, as clients do that could not resume.
  DisconnectReason.DUPLICATE_IDENTITY,
]);
/** A client that publishes its tracks anew while it stays connected does so within this time. */
const REPUBLISH_MS = 1000;

interface ShareWatchOptions extends ShareTracks {
  identity: string;
  /** A publisher whose connection was lost may take this long to be back with the share. */
  returnMs: number;
}

/**
 * Follows one share through lists of participants. Its track SIDs change when its publisher reconnects. It is the same share
 * when the same person, who did not end it, publishes a screen share under the same name again. A share that somebody ended
 * and started anew is another one, which nobody may have agreed to have recorded.
 */
export class ShareWatch {
  private readonly options: ShareWatchOptions;
  private tracks: ShareTracks;
  private participantSid: string | undefined;
  /** The video track has this name; undefined until the share has been seen. */
  private name: string | undefined;
  /** The share had sound when the recording began, but the recording was requested without it. */
  private isSoundUnwanted = false;
  private missing: { untilMs: number; reason: RecordingEnd } | undefined;

  constructor(options: ShareWatchOptions) {
    this.options = options;
    const { videoTrackSid, audioTrackSid } = options;
    this.tracks = { videoTrackSid, ...(audioTrackSid === undefined ? {} : { audioTrackSid }) };
  }

  /** Whether the share was lost and may come back. */
  get isMissing(): boolean {
    return this.missing !== undefined;
  }

  /** Takes the participants that have changed or, with `isComplete`, all there are. */
  see(participants: readonly ParticipantInfo[], nowMs: number, isComplete = false): ShareState {
    const all = participants.filter(({ identity }) => identity === this.options.identity);
    const present = all.find(({ state }) => state !== ParticipantInfo_State.DISCONNECTED);
    if (present !== undefined) return this.seePresent(present, nowMs);
    // The report may be about an earlier connection of the same person, who has come back since.
    const left = all.find(({ sid }) => this.participantSid === undefined || sid === this.participantSid);
    if (left === undefined)
      return isComplete ? this.handleLoss('connection-lost', nowMs) : { kind: 'absent' };
    const isLost = LOST_CONNECTION.has(left.disconnectReason);
    if (!isLost) return { kind: 'ended', reason: 'participant-left' };
    return this.handleLoss('connection-lost', nowMs);
  }

  /** Returns whether the share has been missing for too long. To be called regularly. */
  check(nowMs: number): ShareState {
    const { missing } = this;
    if (missing === undefined || nowMs < missing.untilMs) return { kind: 'absent' };
    return { kind: 'ended', reason: missing.reason };
  }

  private seePresent(sharer: ParticipantInfo, nowMs: number): ShareState {
    const video =
      trackBySid(sharer, this.tracks.videoTrackSid, TrackType.VIDEO) ??
      this.findRepublished(sharer, TrackSource.SCREEN_SHARE);
    if (video !== undefined) return this.sharedState(sharer, video);
    const hasReconnected = this.participantSid !== undefined && sharer.sid !== this.participantSid;
    // Until the share has been seen, the caller decides what a missing track means.
    if (this.name === undefined) return { kind: 'ended', reason: 'share-ended' };
    if (this.missing !== undefined || hasReconnected) return this.handleLoss('connection-lost', nowMs);
    // Without a name nothing distinguishes a share that was published anew from another one.
    return this.name === ''
      ? { kind: 'ended', reason: 'share-ended' }
      : this.handleLoss('share-ended', nowMs);
  }

  private sharedState(sharer: ParticipantInfo, video: TrackInfo): ShareState {
    const isFirst = this.name === undefined;
    this.missing = undefined;
    this.participantSid = sharer.sid;
    this.name = video.name;
    const known = trackBySid(sharer, this.tracks.audioTrackSid, TrackType.AUDIO);
    const other = this.findRepublished(sharer, TrackSource.SCREEN_SHARE_AUDIO);
    if (isFirst && this.tracks.audioTrackSid === undefined) this.isSoundUnwanted = other !== undefined;
    const audioTrackSid = (known ?? (isFirst || this.isSoundUnwanted ? undefined : other))?.sid;
    this.tracks = { videoTrackSid: video.sid, ...(audioTrackSid === undefined ? {} : { audioTrackSid }) };
    const { sid: participantSid } = sharer;
    return {
      kind: 'shared',
      share: { ...this.tracks, participantSid, isMuted: video.muted, refusal: refusalOf(video) },
    };
  }

  /** Returns the track with which the same share was published under a new SID. */
  private findRepublished(sharer: ParticipantInfo, source: TrackSource): TrackInfo | undefined {
    if (this.name === undefined) return undefined;
    const isLost = this.missing?.reason === 'connection-lost' || sharer.sid !== this.participantSid;
    const isSound = source === TrackSource.SCREEN_SHARE_AUDIO;
    if (this.name === '' && !isLost && !isSound) return undefined;
    return sharer.tracks.find((track) => track.source === source && track.name === this.name);
  }

  private handleLoss(reason: RecordingEnd, nowMs: number): ShareState {
    const { returnMs } = this.options;
    const waitMs = reason === 'share-ended' ? Math.min(REPUBLISH_MS, returnMs) : returnMs;
    // A publisher who reconnects loses tracks on the way, which is no reason to wait longer.
    this.missing ??= { untilMs: nowMs + waitMs, reason };
    return this.check(nowMs);
  }
}

function trackBySid(
  sharer: ParticipantInfo,
  sid: string | undefined,
  type: TrackType,
): TrackInfo | undefined {
  return sharer.tracks.find((track) => track.sid === sid && track.type === type);
}

const RECORDABLE = new Set(['video/h264', 'video/vp8', 'video/vp9', 'video/av1']);

/** Returns why a track can't be recorded; undefined when it can. */
function refusalOf(video: TrackInfo): string | undefined {
  if (video.encryption !== Encryption_Type.NONE) {
    return 'The share is end-to-end encrypted, so it cannot be recorded.';
  }
  // The type is unknown until the track's first packets have come.
  if (video.mimeType !== '' && !RECORDABLE.has(video.mimeType.toLowerCase())) {
    const codec = video.mimeType.replace(/^video\//i, '');
    return `The share is published as ${codec}; only H.264, VP8, VP9 and AV1 can be recorded.`;
  }
  return undefined;
}
