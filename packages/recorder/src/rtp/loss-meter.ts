import type { RecordingLosses } from '../recorder.port.ts';

/** RTP packets since the last time: received, given up, and received after being asked for again. */
export interface PacketCounts {
  received: number;
  lost: number;
  recovered: number;
}

/** Adds up what a network costs a recording. Times are epoch ms. */
export class LossMeter {
  readonly packets: PacketCounts = { received: 0, lost: 0, recovered: 0 };
  private frozenMs = 0;
  private interruptions = 0;
  private missingMs = 0;
  private newestPictureMs: number | undefined;
  /** Since when pictures are missing. */
  private frozenSinceMs: number | undefined;
  private reported: string | undefined;

  /** A picture is lost; until the next one is written, the last one stands. */
  damaged(): void {
    this.frozenSinceMs ??= this.newestPictureMs;
  }

  /** Recording was interrupted: what is missing lies between the end of what was written and the picture that follows. */
  interrupted(fromMs: number, toMs: number): void {
    this.interruptions++;
    this.missingMs += Math.max(0, toMs - fromMs);
    this.frozenSinceMs = undefined;
  }

  /** A picture was written. */
  picture(wallMs: number): void {
    if (this.frozenSinceMs !== undefined) this.frozenMs += Math.max(0, wallMs - this.frozenSinceMs);
    this.frozenSinceMs = undefined;
    this.newestPictureMs = wallMs;
  }

  get losses(): RecordingLosses {
    return {
      recoveredPackets: this.packets.recovered,
      lostPackets: this.packets.lost,
      frozenMs: Math.round(this.frozenMs),
      interruptions: this.interruptions,
      missingMs: Math.round(this.missingMs),
    };
  }

  /** The losses, if they have grown since the last call. */
  takeNews(): RecordingLosses | undefined {
    const { losses } = this;
    const text = JSON.stringify(losses);
    if (text === (this.reported ?? JSON.stringify(new LossMeter().losses))) return undefined;
    this.reported = text;
    return losses;
  }
}
