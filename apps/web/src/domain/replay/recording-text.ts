/** This is who a text about recording speaks of: the person who looks at the page, somebody by name, or several. */
export type Recorded = 'you' | { username: string } | { count: number };

/**
 * Says who is being recorded.
 * @param isUnheard tells that the server was not heard for so long that this may have changed
 */
export function recordingText(who: Recorded, isUnheard: boolean): string {
  const isSingular = who !== 'you' && 'username' in who;
  const subject = who === 'you' ? 'You' : 'username' in who ? who.username : `${who.count} people`;
  if (isUnheard) return `${subject} may still be recorded`;
  return `${subject} ${isSingular ? 'is' : 'are'} being recorded`;
}
