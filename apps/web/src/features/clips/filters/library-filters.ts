import type { ClipListInput } from '@hindsight/shared/clip';

export type Sort = ClipListInput['sort'];

/** What the library shows, as its address says. */
export interface LibraryFilters {
  search: string;
  communityId: string | null;
  /** Wins over the community, which it is in. */
  channelId: string | null;
  /** Days in the reader's time zone, YYYY-MM-DD, both included. */
  fromDay: string | null;
  toDay: string | null;
  sort: Sort;
}

export const SORTS: { value: Sort; label: string }[] = [
  { value: 'newest', label: 'Newest' },
  { value: 'oldest', label: 'Oldest' },
  { value: 'largest', label: 'Largest' },
  { value: 'longest', label: 'Longest' },
];

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_SEARCH = 120;

/** Reads an address; what isn't valid in it is as if it weren't there. */
export function readFilters(query: URLSearchParams): LibraryFilters {
  const id = (name: string) => (ID.test(query.get(name) ?? '') ? query.get(name) : null);
  const day = (name: string) => (parseDay(query.get(name) ?? '') === null ? null : query.get(name));
  const sort = SORTS.find(({ value }) => value === query.get('sort'))?.value ?? 'newest';
  return {
    search: (query.get('q') ?? '').slice(0, MAX_SEARCH),
    communityId: id('community'),
    channelId: id('channel'),
    fromDay: day('from'),
    toDay: day('to'),
    sort,
  };
}

/** The address of what is shown: only what differs from everything, newest first. */
export function writeFilters(filters: LibraryFilters): URLSearchParams {
  const query = new URLSearchParams();
  const entries: [string, string | null][] = [
    ['q', filters.search.trim()],
    ['community', filters.communityId],
    ['channel', filters.channelId],
    ['from', filters.fromDay],
    ['to', filters.toDay],
    ['sort', filters.sort === 'newest' ? null : filters.sort],
  ];
  for (const [name, value] of entries) if (value !== null && value !== '') query.set(name, value);
  return query;
}

/** What the server is asked for; an end day is included up to its last moment. */
export function toListInput(filters: LibraryFilters): Partial<ClipListInput> {
  const { search, communityId, channelId, fromDay, toDay, sort } = filters;
  const since = parseDay(fromDay ?? '');
  const until = parseDay(toDay ?? '');
  until?.setDate(until.getDate() + 1);
  return {
    sort,
    ...(search.trim() === '' ? {} : { search: search.trim() }),
    ...(channelId === null ? {} : { channelId }),
    ...(communityId === null || channelId !== null ? {} : { communityId }),
    ...(since === null ? {} : { since: since.toISOString() }),
    ...(until === null ? {} : { until: until.toISOString() }),
  };
}

export function hasFilters({ search, communityId, channelId, fromDay, toDay }: LibraryFilters): boolean {
  return search.trim() !== '' || [communityId, channelId, fromDay, toDay].some((one) => one !== null);
}

/** The start of a day, here; null for what is no day. */
function parseDay(text: string): Date | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return null;
  const date = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return toDayText(date) === text ? date : null;
}

/** A day as addresses and date fields write it. */
export function toDayText(date: Date): string {
  const pad = (part: number, length = 2) => String(part).padStart(length, '0');
  return `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}
