import type { RecordingLosses } from '../recorder.port.ts';

/** These counts are of RTP packets received, given up, and received after being asked for again. */
export interface PacketCounts {
  received: number;
  lost: number;
  recovered: number;
}

/** Adds up the losses that a network causes in a recording. Times are in epoch ms. */
export class LossMeter {
  readonly packets: PacketCounts = { received: 0, lost: 0, recovered: 0 };
  private frozenMs = 0;
  private interruptions = 0;
  private missingMs = 0;
  private newestPictureMs: number | undefined;
  /** Pictures are missing since this time; undefined when none is. */
  private frozenSinceMs: number | undefined;
  private reported: string | undefined;

  /** Notes a lost picture: the last one stays on until the next one is written. */
  pictureLost(): void {
    this.frozenSinceMs ??= this.newestPictureMs;
  }

  /** Notes an interruption: media are missing from the end of what was written to the picture that follows. */
  interrupted(fromMs: number, toMs: number): void {
    this.interruptions++;
    this.missingMs += Math.max(0, toMs - fromMs);
    this.frozenSinceMs = undefined;
  }

  /** Notes that a picture was written. */
  pictureWritten(wallMs: number): void {
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

  /** Returns the losses if they have grown since the last call; otherwise undefined. */
  takeIfChanged(): RecordingLosses | undefined {
    const { losses } = this;
    const text = JSON.stringify(losses);
    if (text === (this.reported ?? JSON.stringify(new LossMeter().losses))) return undefined;
    this.reported = text;
    return losses;
  }
}
