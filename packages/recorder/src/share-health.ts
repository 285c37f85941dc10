/** A picture counts as still on the screen for this long after the last media, unless the share is muted. */
const STILL_PICTURE_MS = 2500;
const DEGRADED_AFTER_MS = 5000;
/** Keyframes are asked for all the while, so a picture that stands still for this long is no short loss. */
const FROZEN_AFTER_MS = 3000;

/**
 * Tells a still picture from a publisher who is gone. LiveKit reports a vanished publisher only after some 20 s, so until
 * then nothing but the missing packets shows it: a share that is on sends at least one picture per second, a muted one sends
 * nothing. It also knows when pictures come that can't be used, however alive the sound is. Times are in epoch ms.
 */
export class ShareHealth {
  private muted = false;
  private degraded = false;
  private lastMediaMs: number;
  /** The picture can't be used since this time; undefined while it can. */
  private lostSinceMs: number | undefined;

  constructor(nowMs: number) {
    this.lastMediaMs = nowMs;
  }

  get isMuted(): boolean {
    return this.muted;
  }

  setMuted(isMuted: boolean, nowMs: number): void {
    if (this.muted && !isMuted) {
      this.lastMediaMs = nowMs;
      if (this.lostSinceMs !== undefined) this.lostSinceMs = nowMs;
    }
    this.muted = isMuted;
  }

  sawMedia(nowMs: number): void {
    this.lastMediaMs = nowMs;
  }

  /** Notes a picture that can't be used: it, or one that it depends on, is missing. */
  pictureLost(nowMs: number): void {
    this.lostSinceMs ??= nowMs;
  }

  /** Notes a picture that can be used. */
  sawPicture(): void {
    this.lostSinceMs = undefined;
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

  /** Returns whether media are missing or the picture stands still; undefined when that hasn't changed since the last call. */
  check(nowMs: number): boolean | undefined {
    const isSilent = nowMs - this.lastMediaMs > DEGRADED_AFTER_MS;
    const isFrozen = nowMs - (this.lostSinceMs ?? nowMs) > FROZEN_AFTER_MS;
    const isDegraded = !this.muted && (isSilent || isFrozen);
    if (isDegraded === this.degraded) return undefined;
    this.degraded = isDegraded;
    return isDegraded;
  }
}
