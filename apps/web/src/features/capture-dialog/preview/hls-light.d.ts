/** The build without subtitles, encryption and ads, which a preview has none of, comes without types of its own. */
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
