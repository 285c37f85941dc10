/** A voice that could be kept now. */
export interface Speaker {
  identity: string;
  /** How loud the participant is, from 0 (silent) to 1. */
  level: number;
}

/** Whoever has been silent for this long makes room for somebody who speaks. */
const SILENT_AFTER_MS = 5000;
/** Among those who speak, one makes room for another who is this much louder. */
const LOUDER_BY = 4;

/**
 * Chooses which voices are kept when there are more than there is room for: those that speak, the loudest first. Whoever was
 * chosen stays so until somebody else speaks and they don't, or far less loudly, so that words aren't cut.
 */
export class VoiceSelection {
  private readonly most: number;
  private chosen = new Set<string>();
  private readonly spokeMs = new Map<string, number>();

  /** @param most at most this many are chosen */
  constructor(most: number) {
    this.most = most;
  }

  /** Returns the identities of those whose voices are to be kept now. */
  choose(speakers: readonly Speaker[], nowMs: number): ReadonlySet<string> {
    const present = new Map(speakers.map((speaker) => [speaker.identity, speaker]));
    for (const identity of this.spokeMs.keys()) if (!present.has(identity)) this.spokeMs.delete(identity);
    for (const { identity, level } of speakers) if (level > 0) this.spokeMs.set(identity, nowMs);
    this.chosen = new Set([...this.chosen].filter((identity) => present.has(identity)));

    const byLevel = (a: Speaker, b: Speaker): number =>
      b.level - a.level || this.lastSpokeMs(b) - this.lastSpokeMs(a);
    for (const speaker of speakers.toSorted(byLevel)) {
      if (this.chosen.has(speaker.identity)) continue;
      if (this.chosen.size < this.most) this.chosen.add(speaker.identity);
      else this.takePlaceFor(speaker, present, nowMs);
    }
    return this.chosen;
  }

  /** Gives a speaker the place of the one who can do without it best, if there is one who can. */
  private takePlaceFor(speaker: Speaker, present: ReadonlyMap<string, Speaker>, nowMs: number): void {
    if (speaker.level === 0) return;
    const quietest = [...this.chosen]
      .flatMap((identity) => present.get(identity) ?? [])
      .toSorted((a, b) => this.lastSpokeMs(a) - this.lastSpokeMs(b) || a.level - b.level)[0];
    if (quietest === undefined) return;
    const isSilent = nowMs - this.lastSpokeMs(quietest) >= SILENT_AFTER_MS;
    const isQuieter = quietest.level > 0 && speaker.level >= quietest.level * LOUDER_BY;
    if (!isSilent && !isQuieter) return;
    this.chosen.delete(quietest.identity);
    this.chosen.add(speaker.identity);
  }

  private lastSpokeMs({ identity }: Speaker): number {
    return this.spokeMs.get(identity) ?? -Infinity;
  }
}
