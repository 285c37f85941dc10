import HlsPlayer from 'hls.js/light';
import type { TimeRange } from '../../../domain/timeline/time-range.ts';
import { playerSecondsAt, shownMs, type LaidPiece } from './gapless-clock.ts';

/** This is what a player plays, and where it starts. Times are ms on the dialog's timeline. */
export interface PreviewSource {
  playlistUrl: string;
  pieces: readonly { fromMs: number; toMs: number }[];
  startAtMs: number;
}

export interface PlayerView {
  /** `unsupported` means that this browser has no player for it, `broken` that the player gave up on this part. */
  state: 'loading' | 'ready' | 'unsupported' | 'broken';
  isPlaying: boolean;
  /** The playhead is the moment that is shown. */
  playheadMs: number;
}

export interface PreviewPlayer {
  seek(ms: number): void;
  /** Plays a range to its end, from the player's place in it or else from its start. Pauses when it is playing. */
  togglePlay(range: TimeRange): void;
  /** Shows the next or the previous picture. */
  step(direction: 1 | -1): void;
  close(): void;
}

/** One picture counts as 1/30 s. */
const PICTURE_SECONDS = 1 / 30;
/** This close to the end of a range nothing is left to play. */
const END_TOLERANCE_MS = 60;
const BUFFER_SECONDS = 12;

export function firstView({ startAtMs }: PreviewSource): PlayerView {
  return {
    state: HlsPlayer.isSupported() ? 'loading' : 'unsupported',
    isPlaying: false,
    playheadMs: startAtMs,
  };
}

/**
 * Plays a preview in a video element. The element's clock has no gaps; callers always get and give times on the
 * dialog's timeline.
 */
export function openPreviewPlayer(
  video: HTMLVideoElement,
  source: PreviewSource,
  onChange: (change: Partial<PlayerView>) => void,
): PreviewPlayer {
  const { playlistUrl, pieces, startAtMs } = source;
  /** Playback of a range stops here; null while the player is paused. */
  let stopAtMs: number | null = null;
  let hasRecovered = false;
  let isBroken = false;
  let frame = 0;
  const closing = new AbortController();

  const hls = new HlsPlayer({
    // Pieces are fragmented MP4 already, so there is too little work for a thread.
    enableWorker: false,
    startPosition: playerSecondsAt(layOut(pieces, []), startAtMs),
    maxBufferLength: BUFFER_SECONDS,
    backBufferLength: BUFFER_SECONDS,
  });
  hls.on(HlsPlayer.Events.ERROR, (_event, { fatal, type }) => {
    if (!fatal) return;
    if (type === HlsPlayer.ErrorTypes.MEDIA_ERROR && !hasRecovered) {
      hasRecovered = true;
      hls.recoverMediaError();
    } else {
      isBroken = true;
      onChange({ state: 'broken' });
    }
  });

  function laidPieces(): LaidPiece[] {
    return layOut(pieces, hls.levels[0]?.details?.fragments ?? []);
  }

  function show(): void {
    // Until the player has loaded its first piece, its clock stays at 0.
    if (video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const playheadMs = shownMs(laidPieces(), video.currentTime);
    if (stopAtMs !== null && playheadMs >= stopAtMs) video.pause();
    onChange({ playheadMs });
  }

  function follow(): void {
    show();
    if (!video.paused) frame = requestAnimationFrame(follow);
  }

  function seek(ms: number): void {
    video.pause();
    video.currentTime = playerSecondsAt(laidPieces(), ms);
    onChange({ playheadMs: ms });
    if (!isBroken) return;
    // The player gave up on another part; this one may still be there.
    isBroken = false;
    onChange({ state: 'loading' });
    hls.startLoad();
  }

  const listeners: Record<string, () => void> = {
    play() {
      onChange({ isPlaying: true });
      follow();
    },
    pause() {
      stopAtMs = null;
      onChange({ isPlaying: false });
      show();
    },
    seeked: show,
    timeupdate: show,
    canplay: () => onChange({ state: 'ready' }),
  };
  for (const [name, listener] of Object.entries(listeners))
    video.addEventListener(name, listener, { signal: closing.signal });
  hls.loadSource(playlistUrl);
  hls.attachMedia(video);

  return {
    seek,
    togglePlay([inMs, outMs]) {
      if (!video.paused) {
        video.pause();
        return;
      }
      const atMs = shownMs(laidPieces(), video.currentTime);
      const isInside = atMs >= inMs && atMs < outMs - END_TOLERANCE_MS;
      if (!isInside) seek(inMs);
      stopAtMs = outMs;
      // Rejects when it is paused again before it has begun.
      video.play().catch(() => undefined);
    },
    step(direction) {
      video.pause();
      video.currentTime += direction * PICTURE_SECONDS;
    },
    close() {
      closing.abort();
      cancelAnimationFrame(frame);
      hls.destroy();
    },
  };
}

/**
 * Lays out the pieces as planned until the player has measured them. While it loads, it corrects their starts by some
 * ms.
 */
function layOut(pieces: PreviewSource['pieces'], measured: readonly { start: number }[]): LaidPiece[] {
  let plannedSeconds = 0;
  return pieces.map(({ fromMs, toMs }, index) => {
    const startSeconds = measured[index]?.start ?? plannedSeconds;
    plannedSeconds = startSeconds + (toMs - fromMs) / 1000;
    return { startSeconds, fromMs, toMs };
  });
}
