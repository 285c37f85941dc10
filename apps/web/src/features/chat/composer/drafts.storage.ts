import type { AttachedClip } from './outbox.slice.ts';

/** A draft is what somebody has begun to write. */
export interface Draft {
  text: string;
  clip: AttachedClip | null;
}

export const EMPTY_DRAFT: Draft = { text: '', clip: null };

/** Reads a stored draft. What isn't ours, or comes from an older version, counts as no draft. */
function parseDraft(stored: string | null): Draft {
  const value: unknown = JSON.parse(stored ?? 'null');
  if (typeof value !== 'object' || value === null) return EMPTY_DRAFT;
  const { text, clip } = value as { text?: unknown; clip?: unknown };
  if (typeof text !== 'string') return EMPTY_DRAFT;
  return { text, clip: isAttachedClip(clip) ? clip : null };
}

function isAttachedClip(value: unknown): value is AttachedClip {
  if (typeof value !== 'object' || value === null) return false;
  const { id, title, durationMs, posterUrl } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    typeof title === 'string' &&
    typeof durationMs === 'number' &&
    (posterUrl === null || typeof posterUrl === 'string')
  );
}

/**
 * Returns the key of a draft, which lasts as long as the tab. The account is in it: the next person to sign in here
 * must not see the draft.
 */
function storageKey(userId: string, targetKey: string): string {
  return `hindsight.draft.${userId}.${targetKey}`;
}

type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export function loadDraft(userId: string, targetKey: string, storage: DraftStorage = sessionStorage): Draft {
  try {
    return parseDraft(storage.getItem(storageKey(userId, targetKey)));
  } catch {
    return EMPTY_DRAFT;
  }
}

export function saveDraft(
  userId: string,
  targetKey: string,
  draft: Draft,
  storage: DraftStorage = sessionStorage,
): void {
  const key = storageKey(userId, targetKey);
  try {
    if (draft.text === '' && draft.clip === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(draft));
  } catch {
    // A browser that refuses storage keeps the draft as long as the page shows it.
  }
}
