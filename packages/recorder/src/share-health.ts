import { MEDIA_KINDS, type MediaKind } from './codecs/rtp-data.ts';

/** A picture counts as still on the screen for this long after the last media, unless the share is muted. */
const STILL_PICTURE_MS = 2500;
const DEGRADED_AFTER_MS = 5000;
/** What is lost is asked for all the while, so a track that can't be used for this long has no short loss. */
const LOST_AFTER_MS = 3000;

/**
 * Tells a still picture from a publisher who is gone. LiveKit reports a vanished publisher only after some 20 s, so until
 * then nothing but the missing packets shows it: a share that is on sends at least one picture per second, a muted one sends
 * nothing. It also knows when one track can't be used, however alive the other is. Times are in epoch ms.
 */
export class ShareHealth {
  private muted = false;
  private degraded: readonly MediaKind[] = [];
  private lastMediaMs: number;
  /** The tracks that can't be used, and since when. */
  private readonly lostSinceMs = new Map<MediaKind, number>();

  constructor(nowMs: number) {
    this.lastMediaMs = nowMs;
  }

  get isMuted(): boolean {
    return this.muted;
  }

  setMuted(isMuted: boolean, nowMs: number): void {
    if (this.muted && !isMuted) {
      this.lastMediaMs = nowMs;
      for (const kind of this.lostSinceMs.keys()) this.lostSinceMs.set(kind, nowMs);
    }
    this.muted = isMuted;
  }

  sawMedia(nowMs: number): void {
    this.lastMediaMs = nowMs;
  }

  /** Notes media that are known to exist and can't be used: a part of them, or what they depend on, is missing. */
  lost(kind: MediaKind, nowMs: number): void {
    if (!this.lostSinceMs.has(kind)) this.lostSinceMs.set(kind, nowMs);
  }

  /** Notes that something drastic is done about a track that can't be used, so that it is no short loss. */
  failed(kind: MediaKind): void {
    this.lostSinceMs.set(kind, -Infinity);
  }

  /** Notes media that can be used. */
  sawUsable(kind: MediaKind): void {
    this.lostSinceMs.delete(kind);
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

  /** Returns the tracks that can't be used, both when no media come; undefined when that hasn't changed since the last call. */
  check(nowMs: number): readonly MediaKind[] | undefined {
    const isSilent = nowMs - this.lastMediaMs > DEGRADED_AFTER_MS;
    if (!isSilent && this.lostSinceMs.size === 0 && this.degraded.length === 0) return undefined;
    const isLost = (kind: MediaKind): boolean =>
      nowMs - (this.lostSinceMs.get(kind) ?? nowMs) > LOST_AFTER_MS;
    const degraded = this.muted ? [] : MEDIA_KINDS.filter((kind) => isSilent || isLost(kind));
    if (degraded.join() === this.degraded.join()) return undefined;
    this.degraded = degraded;
    return degraded;
  }
}
