import { escapeHtml } from './escape-html.ts';
import type { LinkedClip } from './links.service.ts';

/** The styles of the page are its own, so no file of the web app is loaded. */
const STYLE =
  'html,body{height:100%;margin:0;background:#000;color:#fff;font:16px system-ui,sans-serif}' +
  'video{display:block;width:100%;height:100%}p{margin:0;padding:16px}';

/** Returns a page with a clip's video and nothing else, without scripts. Other sites show it in a frame. */
export function playerPage(clip: LinkedClip): string {
  const poster = clip.posterUrl === null ? '' : ` poster="${escapeHtml(clip.posterUrl)}"`;
  const video = `<video controls playsinline preload="metadata" src="${escapeHtml(clip.media.versionedUrl)}"${poster}></video>`;
  return barePage(clip.title, video);
}

/** Returns a page with one sentence in the place of the video. */
export function playerMessage(text: string): string {
  return barePage('Hindsight', `<p>${escapeHtml(text)}</p>`);
}

function barePage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>${escapeHtml(title)}</title>
    <style>${STYLE}</style>
  </head>
  <body>${body}</body>
</html>
`;
}
