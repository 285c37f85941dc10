/** Whose voices a recorder is told to keep and to delete, and whose stretches begin and end by that. */
export interface VoiceChanges {
  keep: string[];
  forget: string[];
  begun: string[];
  ended: string[];
}

/**
 * Returns what has to change for a running session. Somebody who has only left the channel is neither kept nor deleted: what the
 * buffer holds of them stays until it is too old.
 */
export function voiceChanges({
  present,
  formerly,
  now,
  allowed,
}: {
  /** Who is in the channel. */
  present: readonly string[];
  /** Whose voice the session has ever kept, and whose it keeps now. */
  formerly: readonly string[];
  now: readonly string[];
  /** Whose voice may be kept. */
  allowed: ReadonlySet<string>;
}): VoiceChanges {
  const keep = present.filter((userId) => allowed.has(userId));
  return {
    keep,
    forget: formerly.filter((userId) => !allowed.has(userId)),
    begun: keep.filter((userId) => !now.includes(userId)),
    ended: now.filter((userId) => !keep.includes(userId)),
  };
}
