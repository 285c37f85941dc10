import type { MediaKind } from '../codecs/rtp-data.ts';
import { NO_LOSSES, type RecordingLosses } from '../recorder.port.ts';

/** These counts are of RTP packets received, given up, and received after being asked for again. */
export interface PacketCounts {
  received: number;
  lost: number;
  recovered: number;
}

const newCounts = (): PacketCounts => ({ received: 0, lost: 0, recovered: 0 });

/** Adds up the losses that a network causes in a recording. Times are in epoch ms. */
export class LossMeter {
  /** The counts of each track. */
  readonly packets: Record<MediaKind, PacketCounts> = { video: newCounts(), audio: newCounts() };
  requestedKeyframes = 0;
  renewedSubscriptions = 0;
  renewedConnections = 0;
  private frozenMs = 0;
  private interruptions = 0;
  private missingMs = 0;
  private newestPictureMs: number | undefined;
  /** Pictures are missing since this time; undefined when none is. */
  private frozenSinceMs: number | undefined;
  private reported = JSON.stringify(NO_LOSSES);

  /** The counts of both tracks. */
  get allPackets(): PacketCounts {
    const { video, audio } = this.packets;
    return {
      received: video.received + audio.received,
      lost: video.lost + audio.lost,
      recovered: video.recovered + audio.recovered,
    };
  }

  /** The picture has stood still since this time because pictures are missing; undefined while none is. */
  get frozenFromMs(): number | undefined {
    return this.frozenSinceMs;
  }

  /** Notes a lost picture: the last one stays on until the next one is written. */
  pictureLost(): void {
    this.frozenSinceMs ??= this.newestPictureMs;
  }

  /** Notes an interruption: media are missing from the end of what was written to the picture that follows. */
  interrupted(fromMs: number, toMs: number): void {
    this.interruptions++;
    this.missingMs += Math.max(0, toMs - fromMs);
    this.frozenMs += this.frozenUntilMs(fromMs);
    this.frozenSinceMs = undefined;
  }

  /** Notes that a picture was written. */
  pictureWritten(wallMs: number): void {
    this.frozenMs += this.frozenUntilMs(wallMs);
    this.frozenSinceMs = undefined;
    this.newestPictureMs = wallMs;
  }

  /**
   * Returns the losses so far, with the time for which the picture has been frozen now.
   * @param shownUntilMs until when the newest picture is known to have been on the screen
   */
  losses(shownUntilMs: number): RecordingLosses {
    const { recovered, lost } = this.allPackets;
    return {
      recoveredPackets: recovered,
      lostPackets: lost,
      recoveredSoundPackets: this.packets.audio.recovered,
      lostSoundPackets: this.packets.audio.lost,
      requestedKeyframes: this.requestedKeyframes,
      frozenMs: Math.round(this.frozenMs + this.frozenUntilMs(shownUntilMs)),
      interruptions: this.interruptions,
      missingMs: Math.round(this.missingMs),
      renewedSubscriptions: this.renewedSubscriptions,
      renewedConnections: this.renewedConnections,
    };
  }

  /** Returns the losses if they have changed since the last call; otherwise undefined. */
  takeIfChanged(shownUntilMs: number): RecordingLosses | undefined {
    const losses = this.losses(shownUntilMs);
    const text = JSON.stringify(losses);
    if (text === this.reported) return undefined;
    this.reported = text;
    return losses;
  }

  private frozenUntilMs(wallMs: number): number {
    return Math.max(0, wallMs - (this.frozenSinceMs ?? wallMs));
  }
}
