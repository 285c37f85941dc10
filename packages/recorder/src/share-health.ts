/** A picture counts as still on the screen for this long after the last media, unless the share is muted. */
const STILL_PICTURE_MS = 2500;
const DEGRADED_AFTER_MS = 5000;

/**
 * Tells a still picture from a publisher who is gone. LiveKit reports a vanished publisher only after some 20 s, so until
 * then nothing but the missing packets shows it: a share that is on sends at least one picture per second, a muted one sends
 * nothing. Times are in epoch ms.
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

  /** Returns until when the newest picture is known to have been on the screen. */
  shownUntilMs(nowMs: number): number {
    return this.muted ? nowMs : Math.min(nowMs, this.lastMediaMs + STILL_PICTURE_MS);
  }

  /** Returns where a recording ends that is ended now: at the last media, if the publisher was gone before. */
  endsAtMs(nowMs: number): number {
    return this.muted || nowMs - this.lastMediaMs <= STILL_PICTURE_MS ? nowMs : this.lastMediaMs;
  }

  /** Whether media that come now are the first after a time about which nothing is known. */
  wasSilent(nowMs: number): boolean {
    return !this.muted && nowMs - this.lastMediaMs > STILL_PICTURE_MS;
  }

  /** Returns whether media are missing; undefined when that hasn't changed since the last call. */
  check(nowMs: number): boolean | undefined {
    const isDegraded = !this.muted && nowMs - this.lastMediaMs > DEGRADED_AFTER_MS;
    if (isDegraded === this.degraded) return undefined;
    this.degraded = isDegraded;
    return isDegraded;
  }
}
