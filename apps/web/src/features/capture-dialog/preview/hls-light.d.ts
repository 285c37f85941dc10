/** This build of hls.js comes without types. It has no subtitles, encryption or ads, and a preview needs none. */
declare module 'hls.js/light' {
  export { default } from 'hls.js';
}
