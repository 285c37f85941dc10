import type { PictureSize } from '@hindsight/mp4/fragments/video-config';
import { posterSize } from '../ffmpeg/still-args.ts';
import { escapeHtml } from './escape-html.ts';
import { linkPath, OEMBED_PATH, playerPath } from './link-lookup.ts';
import { sizeOf, type LinkedClip } from './links.service.ts';

/** A link's page has this address: the site's origin, without a trailing slash, and the link's token. */
export interface LinkAddress {
  origin: string;
  token: string;
}

/**
 * Returns the tags for previews of a link to a clip in other programs (ogp.me, X's cards, oembed.com). Search engines are
 * told not to index it.
 */
export function linkHead(clip: LinkedClip, { origin, token }: LinkAddress): string {
  const absolute = (url: string) => `${origin}${url}`;
  const isSecure = origin.startsWith('https:');
  const { media } = clip;
  const video = absolute(media.url);
  const size = sizeOf(clip);
  const sized = (prefix: string, tag: typeof property, { width, height }: PictureSize) => [
    tag(`${prefix}:width`, String(width)),
    tag(`${prefix}:height`, String(height)),
  ];
  const description = `A clip by ${clip.ownerName}`;
  const page = absolute(linkPath(token));
  // X takes players over https alone.
  const player = isSecure
    ? [
        named('twitter:player', absolute(playerPath(token))),
        ...(size === null ? [] : sized('twitter:player', named, size)),
        named('twitter:player:stream', video),
        named('twitter:player:stream:content_type', 'video/mp4'),
      ]
    : [];
  const imageCard = clip.posterUrl === null ? 'summary' : 'summary_large_image';
  return [
    `<title>${escapeHtml(clip.title)}</title>`,
    named('robots', 'noindex'),
    named('description', description),
    property('og:site_name', 'Hindsight'),
    property('og:type', 'video.other'),
    property('og:title', clip.title),
    property('og:description', description),
    property('og:url', page),
    ...(clip.posterUrl === null
      ? []
      : [
          property('og:image', absolute(clip.posterUrl)),
          property('og:image:type', 'image/jpeg'),
          // Some sites show a large picture at once only if they know its size beforehand.
          ...(size === null ? [] : sized('og:image', property, posterSize(size))),
        ]),
    property('og:video', video),
    ...(isSecure ? [property('og:video:secure_url', video)] : []),
    property('og:video:type', 'video/mp4'),
    ...(size === null ? [] : sized('og:video', property, size)),
    property('video:duration', String(Math.round(clip.durationMs / 1000))),
    named('twitter:card', isSecure ? 'player' : imageCard),
    named('twitter:title', clip.title),
    named('twitter:description', description),
    ...(clip.posterUrl === null ? [] : [named('twitter:image', absolute(clip.posterUrl))]),
    ...player,
    `<link rel="alternate" type="application/json+oembed" href="${escapeHtml(
      `${absolute(OEMBED_PATH)}?url=${encodeURIComponent(page)}`,
    )}" title="${escapeHtml(clip.title)}" />`,
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
