import { MINUTE, SECOND } from '@hindsight/shared/units';

const TIME = /^(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,4})(?:[.,](\d{1,3}))?$/;

/** Reads a typed place on a timeline ("2:14.3", "0:02:14", "75") as ms; null when it is no time. */
export function parseTypedTime(text: string): number | null {
  const [match, hours = '0', minutes = '0', seconds = '0', fraction = ''] = TIME.exec(text.trim()) ?? [];
  if (match === undefined) return null;
  const isPart = match.includes(':');
  if (isPart && Number(seconds) >= 60) return null;
  return (
    Number(hours) * 60 * MINUTE +
    Number(minutes) * MINUTE +
    Number(seconds) * SECOND +
    Number(fraction.padEnd(3, '0'))
  );
}
