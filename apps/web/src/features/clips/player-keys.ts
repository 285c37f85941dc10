/** What a key does to the player; one picture is taken as 1/30 s, which every share has at least. */
export type PlayerCommand =
  | { kind: 'toggle-play' | 'toggle-mute' | 'toggle-full-screen' }
  | { kind: 'seek'; bySeconds: number }
  | { kind: 'step'; bySeconds: number }
  | { kind: 'speed'; by: number };

const PICTURE_SECONDS = 1 / 30;

const COMMANDS: Record<string, PlayerCommand> = {
  ' ': { kind: 'toggle-play' },
  k: { kind: 'toggle-play' },
  j: { kind: 'seek', bySeconds: -10 },
  l: { kind: 'seek', bySeconds: 10 },
  arrowleft: { kind: 'seek', bySeconds: -5 },
  arrowright: { kind: 'seek', bySeconds: 5 },
  ',': { kind: 'step', bySeconds: -PICTURE_SECONDS },
  '.': { kind: 'step', bySeconds: PICTURE_SECONDS },
  '<': { kind: 'speed', by: -0.25 },
  '>': { kind: 'speed', by: 0.25 },
  f: { kind: 'toggle-full-screen' },
  m: { kind: 'toggle-mute' },
};

/** The player's command for a key; null for keys that are the page's own. */
export function playerCommand(event: {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}): PlayerCommand | null {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  return COMMANDS[event.key.toLowerCase()] ?? null;
}

/** Carries a command out. */
export function runPlayerCommand(video: HTMLVideoElement, command: PlayerCommand): void {
  switch (command.kind) {
    case 'toggle-play':
      // Rejects when another command pauses it before it has begun: nothing to do then.
      if (video.paused) video.play().catch(() => undefined);
      else video.pause();
      return;
    case 'toggle-mute':
      video.muted = !video.muted;
      return;
    case 'toggle-full-screen':
      if (document.fullscreenElement === null) void video.requestFullscreen();
      else void document.exitFullscreen();
      return;
    case 'step':
      video.pause();
      seekBy(video, command.bySeconds);
      return;
    case 'seek':
      seekBy(video, command.bySeconds);
      return;
    case 'speed':
      video.playbackRate = Math.min(2, Math.max(0.25, video.playbackRate + command.by));
  }
}

function seekBy(video: HTMLVideoElement, seconds: number): void {
  const end = Number.isFinite(video.duration) ? video.duration : video.currentTime;
  video.currentTime = Math.min(end, Math.max(0, video.currentTime + seconds));
}
