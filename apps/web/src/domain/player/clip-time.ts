/**
 * A clip's own time. Firefox plays what an edit list hides, so that the clip begins some hundredths of a second into its
 * video; everywhere else the two are the same.
 */
const leadIns = new WeakMap<HTMLVideoElement, number>();

/** Firefox on all but Apple's phones; other engines say "like Gecko". */
export function ignoresEditLists(userAgent: string = navigator.userAgent): boolean {
  return userAgent.includes('Gecko/');
}

/** Where a video is in its clip, in seconds; never before its start. */
export function clipSeconds(video: HTMLVideoElement): number {
  return Math.max(0, video.currentTime - leadInOf(video));
}

/** Takes a video to a moment of its clip. */
export function setClipSeconds(video: HTMLVideoElement, seconds: number): void {
  video.currentTime = seconds + leadInOf(video);
}

/** How long the clip is, in seconds, by what the browser knows of its file; null until it does, or if it can't. */
export function clipDurationSeconds(video: HTMLVideoElement): number | null {
  // Without what the edit list hides first, and with it once all has been played.
  if (ignoresEditLists()) return null;
  return Number.isFinite(video.duration) && video.duration > 0 ? video.duration : null;
}

/** What comes before the clip in the video, in seconds. The video stays where it is in the clip, unless it is playing. */
export function setLeadIn(video: HTMLVideoElement, seconds: number): void {
  const atSeconds = clipSeconds(video);
  leadIns.set(video, seconds);
  if (video.paused) setClipSeconds(video, atSeconds);
  else skipLeadIn(video);
}

/** Takes a video that shows what comes before its clip to the clip's start. */
export function skipLeadIn(video: HTMLVideoElement): void {
  if (video.currentTime < leadInOf(video)) setClipSeconds(video, 0);
}

/** The video gets another file. */
export function forgetLeadIn(video: HTMLVideoElement): void {
  leadIns.delete(video);
}

const leadInOf = (video: HTMLVideoElement): number => leadIns.get(video) ?? 0;
