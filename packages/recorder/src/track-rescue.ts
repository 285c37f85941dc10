import { SentPackets } from './rtp/sent-packets.ts';

/** How a track is brought back. Each costs more than the one before, and helps against more. */
export type Remedy = 'keyframe' | 'subscription' | 'connection';

/** What shows that a track is on although nothing of it can be used. */
type Symptom =
  /** Complete pictures come, but one that they depend on is missing. */
  | 'damaged'
  /** Packets arrive, and their keys or numbers aren't known. */
  | 'refused'
  /** LiveKit goes on sending packets of which none arrives. */
  | 'missing';

/** A symptom speaks for this long. Sender reports come every 3 s. */
const VALID_MS: Record<Symptom, number> = { damaged: 1500, refused: 1500, missing: 4000 };
/** Packets that arrive are refused when none of them could be read for this long. */
const UNREAD_AFTER_MS = 500;
const REMEDIES: readonly Remedy[] = ['keyframe', 'subscription', 'connection'];
/**
 * A remedy waits this long after the one before. The last one is repeated, ever less often. Where the sharer's own network is
 * what damages pictures, another connection doesn't help and costs a second of sound.
 */
const WAITS_MS = [0, 2500, 30_000, 30_000, 60_000];
/** What isn't there at all needs no patience: no keyframe on its way could be missed. */
const HASTY_WAITS_MS = [0, 400, 1500];
/** A track that has worked since this long before gets the first remedy again. */
const STABLE_MS = 30_000;

/**
 * Notices that a track can't be used although it is on, and says what to do about it, one remedy after another. A track that
 * sends nothing has no symptom: a picture that doesn't change, or sound that is muted. Times are in epoch ms.
 */
export class TrackRescue {
  /** The track has not been usable since this time; undefined while it is. */
  private brokenSinceMs: number | undefined;
  private isHasty = false;
  private symptomUntilMs = 0;
  /** This many remedies were tried. The last renewal was at `triedMs`, and the track has been usable after it since this time. */
  private tried = 0;
  private triedMs = -Infinity;
  private usableSinceMs = -Infinity;
  /** The first packet that has arrived since the last one that could be read came at this time. */
  private unreadSinceMs: number | undefined;
  private readonly sent: SentPackets;
  private isKeyframeMissing = false;
  private checkedMs: number;

  constructor(nowMs: number) {
    this.sent = new SentPackets(nowMs);
    this.checkedMs = nowMs;
  }

  /** Whether the track is known to be broken now. */
  isBroken(nowMs: number): boolean {
    return this.brokenSinceMs !== undefined && nowMs <= this.symptomUntilMs;
  }

  /** Notes a datagram of the track, whether or not it could be read. */
  arrived(nowMs: number): void {
    this.unreadSinceMs ??= nowMs;
    if (nowMs - this.unreadSinceMs > UNREAD_AFTER_MS) this.suffer('refused', nowMs);
  }

  /** Notes a packet that proved its keys. */
  read(sequenceNumber: number, nowMs: number): void {
    this.sent.read(sequenceNumber, nowMs);
    this.unreadSinceMs = undefined;
    // Whether it can be used is seen later, with the patience that a keyframe needs.
    if (this.isHasty) this.brokenSinceMs = undefined;
  }

  /** Notes a packet of the other track that proved its keys. */
  readOther(nowMs: number): void {
    this.sent.readOther(nowMs);
  }

  /** Notes that packets were asked for again. */
  askAgain(count: number, nowMs: number): void {
    this.sent.askAgain(count, nowMs);
  }

  /** Notes how many packets LiveKit says it had sent when its clock showed `ntpMs`. */
  reported(packets: number, ntpMs: number, nowMs: number): void {
    this.noteHoldUp(nowMs);
    const unheard = this.sent.reported(packets, ntpMs, nowMs);
    if (unheard === 'all') this.suffer('missing', nowMs);
    if (unheard === 'some') this.isKeyframeMissing = true;
  }

  /** Notes a picture that can't be used. */
  damaged(nowMs: number): void {
    this.suffer('damaged', nowMs);
  }

  /** Notes media that can be used. */
  usable(nowMs: number): void {
    this.brokenSinceMs = undefined;
    if (this.usableSinceMs <= this.triedMs) this.usableSinceMs = nowMs;
  }

  /** Starts over for another source of the track, or after a mute: what was reported before says nothing about it. */
  restart(nowMs: number): void {
    this.brokenSinceMs = undefined;
    this.unreadSinceMs = undefined;
    this.sent.forget(nowMs);
  }

  /** Returns the remedy that is due now, once; undefined when none is. */
  check(nowMs: number): Remedy | undefined {
    this.noteHoldUp(nowMs);
    if (this.isKeyframeMissing) {
      this.isKeyframeMissing = false;
      return 'keyframe';
    }
    if (this.brokenSinceMs === undefined) return undefined;
    if (nowMs > this.symptomUntilMs) {
      this.brokenSinceMs = undefined;
      return undefined;
    }
    const waitMs = (this.isHasty ? HASTY_WAITS_MS[this.tried] : undefined) ?? WAITS_MS[this.tried] ?? NaN;
    if (nowMs - Math.max(this.brokenSinceMs, this.triedMs) < waitMs) return undefined;
    const remedy = REMEDIES[Math.min(this.tried, REMEDIES.length - 1)];
    this.tried = Math.min(this.tried + 1, WAITS_MS.length - 1);
    if (remedy !== 'keyframe') this.triedMs = nowMs;
    return remedy;
  }

  private noteHoldUp(nowMs: number): void {
    this.sent.heldUp(nowMs - this.checkedMs);
    this.checkedMs = nowMs;
  }

  private suffer(symptom: Symptom, nowMs: number): void {
    if (this.brokenSinceMs === undefined) {
      this.brokenSinceMs = nowMs;
      this.symptomUntilMs = 0;
      if (this.usableSinceMs > this.triedMs && nowMs - this.usableSinceMs > STABLE_MS) this.tried = 0;
    }
    this.isHasty = symptom !== 'damaged';
    this.symptomUntilMs = Math.max(this.symptomUntilMs, nowMs + VALID_MS[symptom]);
  }
}
