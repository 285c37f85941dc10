import { randomBytes } from 'node:crypto';
import type { ClipLink, PrismaClient, ReplayClip } from '@hindsight/db/client';
import type { ClipLinkDto, PublicClip } from '@hindsight/shared/clips/clip';
import type { PictureSize } from '@hindsight/mp4/fragments/video-config';
import { AppError } from '@hindsight/shared/errors';
import { HOUR, MINUTE, SECOND } from '@hindsight/shared/units';
import { planSmallCopy } from '../capture/small-copy/small-copy-args.ts';
import { findClipFile, type ClipFileKind, type ClipVideo } from '../clips/clip-files.ts';
import { clipUrls } from '../clips/clip-urls.ts';
import type { AppEvents } from '../events/events.ts';

/** A token has 256 bits, so it can't be guessed. */
const TOKEN_BYTES = 32;
/** Under a link's own path, this is what other programs play. */
export const SMALL_PATH = 'small.mp4';
const MAX_LINKS_PER_CLIP = 20;
/** Posters are made one at a time, right after the press; later than this none comes. */
const POSTER_EXPECTED_MS = MINUTE;
/** Programs that ask for a picture give up after about five seconds. */
const POSTER_PATIENCE_MS = 4 * SECOND;

interface LinksDependencies {
  db: PrismaClient;
  events: Pick<AppEvents, 'stream'>;
  /** Receives the id of a clip that got a link, or lost one. It never fails. */
  onChanged: (clipId: string) => Promise<void>;
  now?: () => number;
}

/** Other programs play this: the small copy of a clip that has one, otherwise the clip. */
interface LinkedMedia {
  /** It always names what is best at the time of the request. */
  url: string;
  /** A page that plays it gets the bytes of one file by this. */
  versionedUrl: string;
  width: number | null;
  height: number | null;
}

/** Other programs show this of the clip behind a link, each part under the path of its own. */
export interface LinkedClip extends Pick<PublicClip, 'title' | 'ownerName' | 'durationMs'> {
  /** It may still be being made; a request for it waits for that. It is null when there will be none. */
  posterUrl: string | null;
  media: LinkedMedia;
}

/** Returns the size of the pictures, or null where it isn't known. */
export function sizeOf({ media: { width, height } }: LinkedClip): PictureSize | null {
  return width === null || height === null ? null : { width, height };
}

export type Links = ReturnType<typeof createLinks>;

/** Manages public links. Whoever has a link watches the clip without an account, until the link expires or is revoked. */
export function createLinks({ db, events, onChanged, now = Date.now }: LinksDependencies) {
  const unexpired = () => ({ OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(now()) } }] });

  /**
   * Finds a link and its clip.
   * @throws AppError LINK_GONE when there is no watchable clip behind the link
   */
  async function find(token: string) {
    const link = await db.clipLink.findFirst({
      where: { token, ...unexpired(), clip: { removedAt: null, status: 'READY' } },
      include: { clip: { include: { user: { select: { username: true } } } } },
    });
    if (link === null) throw new AppError('LINK_GONE');
    return link;
  }

  /** Says whether a clip without a poster is so new that its poster is still being made. */
  function isPosterComing({ posterFileId, pressedAt }: ReplayClip): boolean {
    return posterFileId === null && now() - pressedAt.getTime() < POSTER_EXPECTED_MS;
  }

  /** Resolves when the poster behind a link is there, when none is to be expected, or when whoever asks has no more patience. */
  async function untilPoster(token: string): Promise<void> {
    if (!isPosterComing((await find(token)).clip)) return;
    const done = new AbortController();
    const end = AbortSignal.any([done.signal, AbortSignal.timeout(POSTER_PATIENCE_MS)]);
    try {
      const changes = events.stream('clip', end);
      // The poster may have come before anybody listened.
      const { clipId, clip } = await find(token);
      if (!isPosterComing(clip)) return;
      for await (const { event } of changes) {
        const isRemoved = event.type === 'removed' && event.clipId === clipId;
        const hasPoster =
          event.type === 'changed' && event.clip.id === clipId && event.clip.posterUrl !== null;
        if (isRemoved || hasPoster) return;
      }
    } finally {
      done.abort();
    }
  }

  async function requireOwn(userId: string, clipId: string): Promise<void> {
    const clip = await db.replayClip.findFirst({ where: { id: clipId, userId, removedAt: null } });
    if (clip === null) throw new AppError('NOT_FOUND');
    if (clip.status !== 'READY') throw new AppError('CLIP_NOT_READY');
  }

  return {
    /** Returns the links of a clip that still work, newest first. */
    async list(userId: string, clipId: string): Promise<ClipLinkDto[]> {
      await requireOwn(userId, clipId);
      const links = await db.clipLink.findMany({
        where: { clipId, ...unexpired() },
        orderBy: { createdAt: 'desc' },
      });
      return links.map(toDto);
    },

    /**
     * Creates a link.
     * @throws AppError NOT_FOUND, CLIP_NOT_READY, VALIDATION_FAILED when the clip has too many links
     */
    async create(userId: string, clipId: string, expiresInHours: number | null): Promise<ClipLinkDto> {
      await requireOwn(userId, clipId);
      const count = await db.clipLink.count({ where: { clipId, ...unexpired() } });
      if (count >= MAX_LINKS_PER_CLIP)
        throw new AppError('VALIDATION_FAILED', {
          detail: `A clip has at most ${MAX_LINKS_PER_CLIP} links: revoke one first.`,
        });
      const createdAt = new Date(now());
      const link = await db.clipLink.create({
        data: {
          clipId,
          token: randomBytes(TOKEN_BYTES).toString('base64url'),
          createdAt,
          expiresAt: expiresInHours === null ? null : new Date(createdAt.getTime() + expiresInHours * HOUR),
        },
      });
      await onChanged(clipId);
      return toDto(link);
    },

    /**
     * Deletes a link.
     * @throws AppError NOT_FOUND
     */
    async revoke(userId: string, linkId: string): Promise<void> {
      const link = await db.clipLink.findFirst({ where: { id: linkId, clip: { userId } } });
      if (link === null) throw new AppError('NOT_FOUND');
      const { count } = await db.clipLink.deleteMany({ where: { id: linkId } });
      if (count === 0) throw new AppError('NOT_FOUND');
      await onChanged(link.clipId);
    },

    /**
     * Returns the clip behind a link.
     * @throws AppError LINK_GONE
     */
    async get(token: string): Promise<PublicClip> {
      const { clip, expiresAt } = await find(token);
      const { videoUrl, posterUrl, downloadUrl } = clipUrls(clip, `/api/links/${token}`);
      if (videoUrl === null || downloadUrl === null) throw new AppError('LINK_GONE');
      return {
        title: clip.title,
        ownerName: clip.user.username,
        durationMs: clip.durationMs,
        width: clip.width,
        height: clip.height,
        pressedAt: clip.pressedAt.toISOString(),
        expiresAt: expiresAt?.toISOString() ?? null,
        videoUrl,
        posterUrl,
        downloadUrl,
      };
    },

    /**
     * Returns what other programs show of the clip behind a link.
     * @throws AppError LINK_GONE
     */
    async describe(token: string): Promise<LinkedClip> {
      const { clip } = await find(token);
      const base = `/api/links/${token}`;
      const { posterUrl } = clipUrls(clip, base);
      return {
        title: clip.title,
        ownerName: clip.user.username,
        durationMs: clip.durationMs,
        posterUrl: isPosterComing(clip) ? `${base}/poster.jpg` : posterUrl,
        media: linkedMedia(clip, `${base}/${SMALL_PATH}`),
      };
    },

    /**
     * Finds a file of the clip behind a link. It waits for the poster of a new clip, because programs that show a link
     * ask for it once, maybe within a second of the press.
     * @throws AppError LINK_GONE, NOT_FOUND
     */
    async file(token: string, kind: ClipFileKind, version?: string): Promise<ClipVideo> {
      if (kind === 'poster') await untilPoster(token);
      const { clipId } = await find(token);
      return findClipFile(db, clipId, kind, version);
    },

    /** Deletes links that have expired. A periodic job calls it. */
    async forgetExpired(): Promise<void> {
      await db.clipLink.deleteMany({ where: { expiresAt: { lte: new Date(now()) } } });
    },
  };
}

function linkedMedia(clip: ReplayClip, url: string): LinkedMedia {
  const { width, height, fileId, smallFileId, durationMs } = clip;
  const versionedUrl = `${url}?v=${smallFileId ?? fileId}`;
  if (smallFileId === null || width === null || height === null) return { url, versionedUrl, width, height };
  const copy = planSmallCopy({ width, height, durationMs });
  return { url, versionedUrl, width: copy.width, height: copy.height };
}

function toDto({ id, clipId, token, createdAt, expiresAt }: ClipLink): ClipLinkDto {
  return {
    id,
    clipId,
    path: `/l/${token}`,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
