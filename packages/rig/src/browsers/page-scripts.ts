import { fileURLToPath } from 'node:url';

/** The path of the script that draws the time into a page, as blocks that any decoded picture can be read by. */
export const BURNT_CLOCK_SCRIPT = fileURLToPath(new URL('burnt-clock.js', import.meta.url));

/** The path of the script with which a page plays a clip and tells what it shows. */
export const VIDEO_PLAYER_SCRIPT = fileURLToPath(new URL('video-player.js', import.meta.url));
