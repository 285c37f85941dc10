/** A picture is taken to be still on the screen this long after the last media, unless the share is muted. */
const HOLD_MS = 2500;
const DEGRADED_AFTER_MS = 5000;

/**
 * Tells a still picture from a publisher who is gone. LiveKit reports a vanished publisher only after some 20 s, so
 * until then nothing but the missing packets shows it: a share that is on sends at least a picture each second, a
 * muted one sends nothing. Times are epoch ms.
 */
export class ShareHealth {
  private muted = false;
  private degraded = false;
  private lastMediaMs: number;

  constructor(nowMs: number) {
    this.lastMediaMs = nowMs;
  }

  get isMuted(): boolean {
    return this.muted;
  }

  setMuted(isMuted: boolean, nowMs: number): void {
    if (this.muted && !isMuted) this.lastMediaMs = nowMs;
    this.muted = isMuted;
  }

  sawMedia(nowMs: number): void {
    this.lastMediaMs = nowMs;
  }

  /** Until when the newest picture is known to have been on the screen. */
  holdsToMs(nowMs: number): number {
    return this.muted ? nowMs : Math.min(nowMs, this.lastMediaMs + HOLD_MS);
  }

  /** Where a recording that ends now has its end: with the last media, if the publisher was gone before. */
  endsAtMs(nowMs: number): number {
    return this.muted || nowMs - this.lastMediaMs <= HOLD_MS ? nowMs : this.lastMediaMs;
  }

  /** Whether media that come now are the first after a time of which nothing is known. */
  wasSilent(nowMs: number): boolean {
    return !this.muted && nowMs - this.lastMediaMs > HOLD_MS;
  }

  /** Whether there is no media though there should be; undefined when that is as it was at the last call. */
  check(nowMs: number): boolean | undefined {
    const isDegraded = !this.muted && nowMs - this.lastMediaMs > DEGRADED_AFTER_MS;
    if (isDegraded === this.degraded) return undefined;
    this.degraded = isDegraded;
    return isDegraded;
  }
}
