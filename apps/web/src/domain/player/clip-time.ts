/**
 * The lead-in is what a video has before its clip begins. Only Firefox plays it, because it ignores edit lists; in
 * other browsers the clip's time is the video's time.
 */
const leadIns = new WeakMap<HTMLVideoElement, number>();

/**
 * Tells whether a browser ignores edit lists. That is Firefox, except on Apple's phones; other engines say "like
 * Gecko".
 */
export function ignoresEditLists(userAgent: string = navigator.userAgent): boolean {
  return userAgent.includes('Gecko/');
}

/** Returns where a video is in its clip, in seconds; never less than 0. */
export function clipSeconds(video: HTMLVideoElement): number {
  return Math.max(0, video.currentTime - leadInOf(video));
}

/** Takes a video to a moment of its clip. */
export function setClipSeconds(video: HTMLVideoElement, seconds: number): void {
  video.currentTime = seconds + leadInOf(video);
}

/**
 * Returns the length of the clip in seconds, by what the browser knows of its file; null until it knows, or if it
 * can't.
 */
export function clipDurationSeconds(video: HTMLVideoElement): number | null {
  // Firefox leaves the hidden part out of the duration at first, and counts it in once all has been played.
  if (ignoresEditLists()) return null;
  return Number.isFinite(video.duration) && video.duration > 0 ? video.duration : null;
}

/**
 * Sets how many seconds of the video come before the clip. The video stays at the same moment of the clip, unless it is
 * playing.
 */
export function setLeadIn(video: HTMLVideoElement, seconds: number): void {
  const atSeconds = clipSeconds(video);
  leadIns.set(video, seconds);
  if (video.paused) setClipSeconds(video, atSeconds);
  else skipLeadIn(video);
}

/** Takes a video that shows its lead-in to the start of the clip. */
export function skipLeadIn(video: HTMLVideoElement): void {
  if (video.currentTime < leadInOf(video)) setClipSeconds(video, 0);
}

/** Forgets the lead-in, because the video gets another file. */
export function forgetLeadIn(video: HTMLVideoElement): void {
  leadIns.delete(video);
}

const leadInOf = (video: HTMLVideoElement): number => leadIns.get(video) ?? 0;
