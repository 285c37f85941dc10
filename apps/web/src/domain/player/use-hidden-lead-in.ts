import { useEffect } from 'react';
import { forgetLeadIn, ignoresEditLists, setLeadIn, skipLeadIn } from './clip-time.ts';
import { HEAD_BYTES, hiddenLeadInSeconds } from './mp4-edit-list.ts';

/** The margin leads safely into the first picture, however its time is rounded. */
const MARGIN_SECONDS = 0.001;

/**
 * Hides what a video has before its clip, in browsers that don't hide it themselves.
 * @param src null while nothing is to be loaded
 */
export function useHiddenLeadIn(video: HTMLVideoElement | null, src: string | null): void {
  useEffect(() => {
    if (video === null || src === null || !ignoresEditLists()) return undefined;
    const changed = new AbortController();
    const { signal } = changed;
    async function hide(element: HTMLVideoElement, url: string): Promise<void> {
      const hiddenSeconds = await readLeadIn(url, signal);
      if (signal.aborted || hiddenSeconds === 0) return;
      setLeadIn(element, hiddenSeconds + MARGIN_SECONDS);
      element.addEventListener('seeking', () => skipLeadIn(element), { signal });
    }
    void hide(video, src);
    return () => {
      changed.abort();
      forgetLeadIn(video);
    };
  }, [video, src]);
}

/**
 * Reads how much comes before the clip. Returns 0 too when the file can't be read: the video then shows what comes
 * before.
 */
async function readLeadIn(url: string, signal: AbortSignal): Promise<number> {
  try {
    const headers = { range: `bytes=0-${HEAD_BYTES - 1}` };
    // Other servers, such as a bucket, don't let pages read their files.
    const response = await fetch(url, { headers, redirect: 'error', signal });
    return response.status === 206 ? hiddenLeadInSeconds(new DataView(await response.arrayBuffer())) : 0;
  } catch {
    return 0;
  }
}
