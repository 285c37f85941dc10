/** Says who is being recorded; null when nobody is. */
export function recordedPeopleText(
  sessions: readonly { userId: string; username: string }[],
  myUserId: string | null,
): string | null {
  const [first, ...others] = sessions;
  if (first === undefined) return null;
  if (others.length > 0) return `${sessions.length} people are being recorded`;
  return first.userId === myUserId ? 'You are being recorded' : `${first.username} is being recorded`;
}
