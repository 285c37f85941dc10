import type { ClipListInput } from '@hindsight/shared/clips/clip';

export type Sort = ClipListInput['sort'];

/** The filters are what the library shows, as its address says. */
export interface LibraryFilters {
  search: string;
  communityId: string | null;
  /** The channel wins over the community that it is in. */
  channelId: string | null;
  /** Days are in the reader's time zone, as YYYY-MM-DD, and both are included. */
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

/** Reads the filters from an address. Invalid parts are ignored. */
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

/** Writes the filters for an address. Only what differs from the default (everything, newest first) is written. */
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

/** Turns the filters into the server's input. The end day is included up to its last moment. */
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

/** Returns the start of a day in the reader's time zone; null for what is no day. */
function parseDay(text: string): Date | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return null;
  const date = new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return toDayText(date) === text ? date : null;
}

/** Writes a day as addresses and date fields do. */
export function toDayText(date: Date): string {
  const pad = (part: number, length = 2) => String(part).padStart(length, '0');
  return `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}
