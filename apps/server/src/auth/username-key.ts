import unhomoglyph from 'unhomoglyph';

/** Returns the key that makes user names unique: names that differ only by case or Unicode composition are the same. */
export function toUsernameKey(username: string): string {
  return username.trim().normalize('NFKC').toLowerCase();
}

/**
 * Returns what two names have in common that look alike, such as `boss` with a Latin and with a Cyrillic `o`: the skeletons of
 * Unicode's confusables (UTS 39). Two names look alike when one of their skeletons is the same: that of the key, for which case makes
 * no difference, or that of the name as it is shown. A large I looks like a small l, but a small i doesn't.
 */
export function toSkeletons(username: string): { usernameSkeleton: string; shownSkeleton: string } {
  return {
    usernameSkeleton: skeletonOf(toUsernameKey(username)),
    shownSkeleton: skeletonOf(username.trim().normalize('NFKC')),
  };
}

function skeletonOf(text: string): string {
  return unhomoglyph(text.normalize('NFD')).normalize('NFD');
}
