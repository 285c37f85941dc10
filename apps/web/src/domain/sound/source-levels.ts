import { LEAST_GAIN_DB } from '@hindsight/shared/clips/clip-voices';

/** The share has this key among the sources of a clip's sound; a voice has the id of its person. */
export const SHARE_KEY = 'share';

/** A source is one sound of a recording: the share's, or somebody's voice. */
export interface SoundSource {
  key: string;
  name: string;
  isMine: boolean;
}

/** How loud each source is to be in a clip. */
export interface SourceLevels {
  /** Sources that aren't in it are as loud as they were sent. */
  gainsDb: ReadonlyMap<string, number>;
  muted: ReadonlySet<string>;
  /** This source is heard alone; null when all are. */
  soloKey: string | null;
}

export const AS_SENT: SourceLevels = { gainsDb: new Map(), muted: new Set(), soloKey: null };

/** Returns levels as the server has them, where a source at the least level is muted. */
export function levelsOf({
  shareDb,
  voices,
}: {
  shareDb: number;
  voices: readonly { userId: string; gainDb: number }[];
}): SourceLevels {
  const all = [
    [SHARE_KEY, shareDb] as const,
    ...voices.map(({ userId, gainDb }) => [userId, gainDb] as const),
  ];
  return {
    gainsDb: new Map(all.filter(([, gainDb]) => gainDb > LEAST_GAIN_DB)),
    muted: new Set(all.flatMap(([key, gainDb]) => (gainDb > LEAST_GAIN_DB ? [] : [key]))),
    soloKey: null,
  };
}

/** Returns by how many decibels a source is to be made louder; the least level when it isn't heard. */
export function gainDbOf({ gainsDb, muted, soloKey }: SourceLevels, key: string): number {
  const isSilent = soloKey === null ? muted.has(key) : soloKey !== key;
  return isSilent ? LEAST_GAIN_DB : (gainsDb.get(key) ?? 0);
}

export function isHeard(levels: SourceLevels, key: string): boolean {
  return gainDbOf(levels, key) > LEAST_GAIN_DB;
}

/** Sets sources to a level, at which they are heard unless it is the least one. */
export function withGainDb(levels: SourceLevels, keys: readonly string[], gainDb: number): SourceLevels {
  const gainsDb = new Map(levels.gainsDb);
  const muted = new Set(levels.muted);
  for (const key of keys) {
    if (gainDb > LEAST_GAIN_DB) {
      gainsDb.set(key, gainDb);
      muted.delete(key);
    } else muted.add(key);
  }
  const isSoloLouder = gainDb > LEAST_GAIN_DB && keys.some((key) => key !== levels.soloKey);
  return { gainsDb, muted, soloKey: isSoloLouder ? null : levels.soloKey };
}

/** Mutes a source that is heard, and has one heard again that isn't. */
export function toggleMuted(levels: SourceLevels, key: string): SourceLevels {
  const muted = new Set(levels.muted);
  if (isHeard(levels, key)) muted.add(key);
  else muted.delete(key);
  return { ...levels, muted, soloKey: null };
}

/** Has a source heard alone, or all of them again. */
export function toggleSolo(levels: SourceLevels, key: string): SourceLevels {
  if (levels.soloKey === key) return { ...levels, soloKey: null };
  const muted = new Set(levels.muted);
  muted.delete(key);
  return { ...levels, muted, soloKey: key };
}

/** Says whether two levels sound the same for some sources. */
export function soundsAs(a: SourceLevels, b: SourceLevels, keys: readonly string[]): boolean {
  return keys.every((key) => gainDbOf(a, key) === gainDbOf(b, key));
}

/** Returns levels as the server takes them, for some sources. */
export function toInput(levels: SourceLevels, keys: readonly string[]) {
  return {
    shareDb: gainDbOf(levels, SHARE_KEY),
    voices: keys
      .filter((key) => key !== SHARE_KEY)
      .map((userId) => ({ userId, gainDb: gainDbOf(levels, userId) })),
  };
}
