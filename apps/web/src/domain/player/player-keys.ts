import { clipSeconds, setClipSeconds } from './clip-time.ts';
import { nextMarkerMs } from './next-marker.ts';

/** A command is what a key makes the player do. */
export type PlayerCommand =
  | { kind: 'toggle-play' | 'toggle-mute' | 'toggle-full-screen' }
  | { kind: 'seek'; bySeconds: number }
  | { kind: 'step'; pictures: 1 | -1 }
  | { kind: 'speed'; by: number }
  | { kind: 'marker'; direction: 1 | -1 };

/** One picture counts as 1/30 s, because every share has at least that rate. */
export const PICTURE_MS = 1000 / 30;
export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

const COMMANDS: Record<string, PlayerCommand> = {
  ' ': { kind: 'toggle-play' },
  k: { kind: 'toggle-play' },
  j: { kind: 'seek', bySeconds: -10 },
  l: { kind: 'seek', bySeconds: 10 },
  arrowleft: { kind: 'seek', bySeconds: -5 },
  arrowright: { kind: 'seek', bySeconds: 5 },
  ',': { kind: 'step', pictures: -1 },
  '.': { kind: 'step', pictures: 1 },
  '<': { kind: 'speed', by: -0.25 },
  '>': { kind: 'speed', by: 0.25 },
  n: { kind: 'marker', direction: 1 },
  p: { kind: 'marker', direction: -1 },
  f: { kind: 'toggle-full-screen' },
  m: { kind: 'toggle-mute' },
};

const TAKES_ALL_KEYS = 'input, textarea, select, [contenteditable], [role="menu"], [role="dialog"]';
const OWN_KEYS: [elements: string, keys: ReadonlySet<string>][] = [
  ['button, a', new Set([' ', 'Enter'])],
  [
    '[role="slider"]',
    new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown']),
  ],
];

/** Tells whether the focused element has its own use for a key, so that a shortcut of the page leaves it alone. */
export function isKeyOfTarget(event: { key: string; target: EventTarget | null }): boolean {
  const { key, target } = event;
  if (!(target instanceof Element)) return false;
  if (target.closest(TAKES_ALL_KEYS) !== null) return true;
  return OWN_KEYS.some(([elements, keys]) => keys.has(key) && target.closest(elements) !== null);
}

/** Returns the player's command for a key; null for keys that belong to the page. */
export function playerCommand(event: {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}): PlayerCommand | null {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  return COMMANDS[event.key.toLowerCase()] ?? null;
}

/** These are the parts that a command acts on. */
export interface PlayerParts {
  video: HTMLVideoElement;
  /** The frame holds the picture and its controls; it is what fills the screen. */
  frame: HTMLElement;
  /** The times are sorted. */
  markersMs: readonly number[];
}

/** Carries a command out. */
export function runPlayerCommand({ video, frame, markersMs }: PlayerParts, command: PlayerCommand): void {
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
      if (document.fullscreenElement === null) void frame.requestFullscreen();
      else void document.exitFullscreen();
      return;
    case 'step':
      video.pause();
      seekTo(video, clipSeconds(video) + (command.pictures * PICTURE_MS) / 1000);
      return;
    case 'seek':
      seekTo(video, clipSeconds(video) + command.bySeconds);
      return;
    case 'speed':
      video.playbackRate = Math.min(2, Math.max(0.25, video.playbackRate + command.by));
      return;
    case 'marker': {
      const markerMs = nextMarkerMs(markersMs, clipSeconds(video) * 1000, command.direction);
      if (markerMs !== null) seekTo(video, markerMs / 1000);
    }
  }
}

/** Goes to a moment of the clip, never beyond its ends. */
export function seekTo(video: HTMLVideoElement, seconds: number): void {
  const end = Number.isFinite(video.duration) ? video.duration : seconds;
  setClipSeconds(video, Math.min(end, Math.max(0, seconds)));
}
