import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { AppEvents } from '../events/events.ts';
import type { Log } from '../log.ts';
import type { MessageNews } from './message-news.ts';

/** For this many clips, the state that readers were last told is remembered. */
const MAX_REMEMBERED = 5000;

interface ClipNewsDependencies {
  events: Pick<AppEvents, 'listen'>;
  news: Pick<MessageNews, 'announceClip'>;
  log: Pick<Log, 'error'>;
}

/** Returns what readers of a message can see of its clip, to compare. Progress is not part of it. */
function visibleState({ status, title, durationMs, width, height, videoUrl, posterUrl }: ClipDto): string {
  return JSON.stringify([status, title, durationMs, width, height, videoUrl, posterUrl]);
}

/**
 * Tells the readers of messages when a clip in them changes, is removed or comes back.
 * @returns the function that ends it
 */
export function announceClipChanges({ events, news, log }: ClipNewsDependencies): () => void {
  const told = new Map<string, string>();

  function hasVisiblyChanged(clip: ClipDto): boolean {
    const now = visibleState(clip);
    if (told.get(clip.id) === now) return false;
    told.delete(clip.id);
    told.set(clip.id, now);
    const [oldest] = told.keys();
    if (told.size > MAX_REMEMBERED && oldest !== undefined) told.delete(oldest);
    return true;
  }

  return events.listen('clip', ({ event, isNew, messageIds }, origin) => {
    // The server on which the clip changed tells its readers.
    if (origin === 'elsewhere') return;
    const clipId = event.type === 'changed' ? event.clip.id : event.clipId;
    if (event.type === 'changed' && !hasVisiblyChanged(event.clip)) return;
    // It is in no message yet, or in one that is new as well and is told by itself.
    if (isNew === true) return;
    if (event.type === 'removed') told.delete(clipId);
    news
      .announceClip(clipId, messageIds)
      .catch((error: unknown) =>
        log.error({ err: error, clipId }, 'announcing a change of a shared clip failed'),
      );
  });
}
