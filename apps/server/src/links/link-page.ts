import type { PublicClip } from '@hindsight/shared/clips/clip';

/** Escapes text for an HTML element or a quoted attribute. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * Returns the tags for previews of a link to a clip in other programs (ogp.me, and X's cards). Search engines are told
 * not to index it.
 * @param origin the site's origin, without a trailing slash
 */
export function linkHead(clip: PublicClip, { origin, path }: { origin: string; path: string }): string {
  const absolute = (url: string) => `${origin}${url}`;
  const isSecure = origin.startsWith('https:');
  const video = absolute(clip.videoUrl);
  const size = (prefix: string) =>
    clip.width === null || clip.height === null
      ? []
      : [property(`${prefix}:width`, String(clip.width)), property(`${prefix}:height`, String(clip.height))];
  const description = `A clip by ${clip.ownerName}`;
  return [
    `<title>${escapeHtml(clip.title)}</title>`,
    named('robots', 'noindex'),
    named('description', description),
    property('og:site_name', 'Hindsight'),
    property('og:type', 'video.other'),
    property('og:title', clip.title),
    property('og:description', description),
    property('og:url', absolute(path)),
    ...(clip.posterUrl === null
      ? []
      : [property('og:image', absolute(clip.posterUrl)), property('og:image:type', 'image/jpeg')]),
    property('og:video', video),
    ...(isSecure ? [property('og:video:secure_url', video)] : []),
    property('og:video:type', 'video/mp4'),
    ...size('og:video'),
    property('video:duration', String(Math.round(clip.durationMs / 1000))),
    named('twitter:card', clip.posterUrl === null ? 'summary' : 'summary_large_image'),
    named('twitter:title', clip.title),
    named('twitter:description', description),
    ...(clip.posterUrl === null ? [] : [named('twitter:image', absolute(clip.posterUrl))]),
  ].join('\n    ');
}

/** Puts the tags into the head of the app's page, in place of its own title and description. */
export function withHead(page: string, head: string): string {
  const untitled = page
    .replace(/<title>.*?<\/title>\s*/s, '')
    .replace(/<meta\s+name="description"[^>]*>\s*/, '');
  // A replacement function is used, because a title may contain `$&`, which is special in a replacement string.
  return untitled.replace('</head>', () => `  ${head}\n  </head>`);
}

function property(name: string, content: string): string {
  return `<meta property="${name}" content="${escapeHtml(content)}" />`;
}

function named(name: string, content: string): string {
  return `<meta name="${name}" content="${escapeHtml(content)}" />`;
}
