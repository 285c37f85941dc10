import { fileURLToPath } from 'node:url';

/** The script at this path draws the time into a page as blocks that can be read from any decoded picture. */
export const BURNT_CLOCK_SCRIPT = fileURLToPath(new URL('burnt-clock.js', import.meta.url));

/** The script at this path plays a clip in a page and reports what it shows. */
export const VIDEO_PLAYER_SCRIPT = fileURLToPath(new URL('video-player.js', import.meta.url));

/** The script at this path takes clips apart in a page with libraries that people build editors with. */
export const CLIP_PARSERS_SCRIPT = fileURLToPath(new URL('clip-parsers.js', import.meta.url));
