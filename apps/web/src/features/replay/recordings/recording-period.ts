import type { EndReason, RecordedSession } from '@hindsight/shared/replay/replay';

const END_TEXTS: Record<EndReason, string> = {
  STOPPED_BY_USER: 'stopped by themselves',
  STOPPED_BY_ADMIN: 'stopped by an admin',
  SHARE_ENDED: 'the share ended',
  LEFT: 'left the channel',
  CONNECTION_LOST: 'the connection was lost',
  RECORDER_FAILED: 'the recorder failed',
  DISK_FULL: 'the server’s disk was full',
  SERVER_SHUT_DOWN: 'the server was shut down',
};

/** Says how a recording ended; null while it runs. */
export function endText({
  endedAt,
  endReason,
}: Pick<RecordedSession, 'endedAt' | 'endReason'>): string | null {
  if (endedAt === null) return null;
  return endReason === null ? 'ended' : END_TEXTS[endReason];
}

/** Says whose voices a recording kept, and when each of them: "Voices: Ada 14:03 – 14:20"; null for none. */
export function voicesText(
  { voices }: Pick<RecordedSession, 'voices'>,
  locale?: string,
  timeZone?: string,
): string | null {
  if (voices.length === 0) return null;
  const format = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', timeZone });
  const each = voices.map(({ username, from, to }) =>
    to === null
      ? `${username} since ${format.format(new Date(from))}`
      : `${username} ${format.formatRange(new Date(from), new Date(to))}`,
  );
  return `Voices: ${each.join(', ')}`;
}

/**
 * Says when a recording was, as briefly as possible: "21 Nov, 14:03 – 14:20", with both dates when it passed midnight.
 */
export function formatRecordingPeriod(
  { startedAt, endedAt }: Pick<RecordedSession, 'startedAt' | 'endedAt'>,
  locale?: string,
  timeZone?: string,
): string {
  const format = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: 'numeric',
    minute: '2-digit',
    timeZone,
  });
  const start = new Date(startedAt);
  return endedAt === null ? `since ${format.format(start)}` : format.formatRange(start, new Date(endedAt));
}
