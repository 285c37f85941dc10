import { MEDIA_KINDS, type MediaKind, type RtpData } from './codecs/rtp-data.ts';
import type { LossMeter } from './rtp/loss-meter.ts';
import type { ShareHealth } from './share-health.ts';
import { TrackRescue, type Remedy } from './track-rescue.ts';

interface ShareRescueOptions {
  health: ShareHealth;
  losses: LossMeter;
  requestKeyframe: () => void;
  renewSubscription: (kind: MediaKind) => void;
  renewConnection: (detail: string) => void;
  /** Called before a track is renewed. */
  onRenewal: (kind: MediaKind, remedy: Remedy) => void;
}

const OTHER = { video: 'audio', audio: 'video' } as const;

/**
 * Brings back tracks of a share that can't be used although they are on, and notes in its health and its losses that they
 * can't. It is told what comes of each track, and driven by `tick`. Times are in epoch ms.
 */
export class ShareRescue {
  private readonly options: ShareRescueOptions;
  private readonly tracks: Record<MediaKind, TrackRescue>;

  constructor(options: ShareRescueOptions, nowMs: number) {
    this.options = options;
    this.tracks = { video: new TrackRescue(nowMs), audio: new TrackRescue(nowMs) };
  }

  /** Notes a datagram, whether or not it can be read. */
  arrived(kind: MediaKind, nowMs: number): void {
    this.tracks[kind].arrived(nowMs);
  }

  /** Notes a packet that could be read. */
  packet(kind: MediaKind, { sequenceNumber, arrivalMs }: RtpData): void {
    this.tracks[kind].read(sequenceNumber, arrivalMs);
    this.tracks[OTHER[kind]].readOther(arrivalMs);
    // Each packet of sound stands for itself.
    if (kind === 'audio') this.usable(kind, arrivalMs);
  }

  /** Notes how many packets LiveKit says it had sent when its clock showed `ntpMs`. */
  reported(kind: MediaKind, packets: number, ntpMs: number, nowMs: number): void {
    this.tracks[kind].reported(packets, ntpMs, nowMs);
  }

  /** Notes that packets were asked for again. */
  askAgain(kind: MediaKind, count: number, nowMs: number): void {
    this.tracks[kind].askAgain(count, nowMs);
  }

  /** Starts over for another source of a track. */
  restart(kind: MediaKind, nowMs: number): void {
    this.tracks[kind].restart(nowMs);
  }

  /** Notes a picture that can't be used. */
  damaged(nowMs: number): void {
    this.options.health.lost('video', nowMs);
    this.tracks.video.damaged(nowMs);
  }

  /** Notes media that can be used. */
  usable(kind: MediaKind, nowMs: number): void {
    this.options.health.sawUsable(kind);
    this.tracks[kind].usable(nowMs);
  }

  /** Does what is due, from the cheapest remedy to the one that helps against most. @param isAway nothing can be done now */
  tick(nowMs: number, isAway: boolean): void {
    for (const kind of MEDIA_KINDS) {
      if (isAway || this.options.health.isMuted) this.tracks[kind].restart(nowMs);
      else this.rescue(kind, nowMs);
    }
  }

  private rescue(kind: MediaKind, nowMs: number): void {
    const { health, losses, requestKeyframe, renewSubscription, renewConnection, onRenewal } = this.options;
    const track = this.tracks[kind];
    const remedy = track.check(nowMs);
    if (track.isBroken(nowMs)) {
      health.lost(kind, nowMs);
      if (kind === 'video') losses.pictureLost();
    }
    if (remedy === 'keyframe' && kind === 'video') requestKeyframe();
    if (remedy === undefined || remedy === 'keyframe') return;
    health.failed(kind);
    onRenewal(kind, remedy);
    if (remedy === 'subscription') {
      losses.renewedSubscriptions++;
      renewSubscription(kind);
    } else {
      losses.renewedConnections++;
      renewConnection(`no ${kind} that can be used`);
    }
  }
}
