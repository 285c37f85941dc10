import unhomoglyph from 'unhomoglyph';

/** Returns the key that makes user names unique: names that differ only by case or Unicode composition are the same. */
export function toUsernameKey(username: string): string {
  return username.trim().normalize('NFKC').toLowerCase();
}

/**
 * Returns what two names have in common that look alike, such as `boss` with a Latin and with a Cyrillic `o`: the skeleton of
 * Unicode's confusables (UTS 39).
 * @param usernameKey is the name's key, so that case makes no difference
 */
export function toSkeleton(usernameKey: string): string {
  return unhomoglyph(usernameKey.normalize('NFD')).normalize('NFD');
}
