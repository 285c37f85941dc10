import { posterSize } from '../ffmpeg/still-args.ts';
import { escapeHtml } from './escape-html.ts';
import { playerPath } from './link-lookup.ts';
import type { LinkAddress } from './link-page.ts';
import { sizeOf, type LinkedClip } from './links.service.ts';

/** A frame has this size where the clip's isn't known. */
const USUAL_SIZE = { width: 1280, height: 720 };
/** A link may end at any time. */
const CACHE_SECONDS = 300;

/** An answer of type `video` (oembed.com, 2.3.4.2). */
export interface OembedVideo {
  version: '1.0';
  type: 'video';
  provider_name: string;
  provider_url: string;
  title: string;
  author_name: string;
  cache_age: number;
  html: string;
  width: number;
  height: number;
  thumbnail_url?: string;
  thumbnail_width?: number;
  thumbnail_height?: number;
}

/** Describes the clip of a link to programs that show it in a frame, which is at most as large as they say. */
export function oembedVideo(
  clip: LinkedClip,
  { origin, token }: LinkAddress,
  limits: { maxWidth: number; maxHeight: number },
): OembedVideo {
  const { width, height } = fitted(clip, limits);
  const source = escapeHtml(`${origin}${playerPath(token)}`);
  return {
    version: '1.0',
    type: 'video',
    provider_name: 'Hindsight',
    provider_url: origin,
    title: clip.title,
    author_name: clip.ownerName,
    cache_age: CACHE_SECONDS,
    html:
      `<iframe src="${source}" width="${width}" height="${height}" title="${escapeHtml(clip.title)}" ` +
      'style="border:0" allow="fullscreen" allowfullscreen></iframe>',
    width,
    height,
    ...thumbnail(clip, origin),
  };
}

/** The format wants a picture with its size, or none. */
function thumbnail(clip: LinkedClip, origin: string): Partial<OembedVideo> {
  const { posterUrl } = clip;
  const size = sizeOf(clip);
  if (posterUrl === null || size === null) return {};
  const poster = posterSize(size);
  return {
    thumbnail_url: `${origin}${posterUrl}`,
    thumbnail_width: poster.width,
    thumbnail_height: poster.height,
  };
}

function fitted(
  clip: LinkedClip,
  { maxWidth, maxHeight }: { maxWidth: number; maxHeight: number },
): { width: number; height: number } {
  const { width, height } = sizeOf(clip) ?? USUAL_SIZE;
  const scale = Math.min(1, maxWidth / width, maxHeight / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Returns the token of a link's address on this site, or null for any other address. */
export function tokenOf(address: string, origin: string): string | null {
  const url = URL.parse(address);
  const isOurs = url?.host === URL.parse(origin)?.host;
  return isOurs ? (/^\/l\/([\w-]+)\/?$/.exec(url?.pathname ?? '')?.[1] ?? null) : null;
}
