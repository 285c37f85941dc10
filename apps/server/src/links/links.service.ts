import { randomBytes } from 'node:crypto';
import type { ClipLink, PrismaClient } from '@hindsight/db/client';
import type { ClipLinkDto, PublicClip } from '@hindsight/shared/clips/clip';
import { AppError } from '@hindsight/shared/errors';
import { HOUR } from '@hindsight/shared/units';
import { findClipFile, type ClipFile, type ClipFileKind } from '../clips/clip-files.ts';
import { clipUrls } from '../clips/clip-urls.ts';

/** A token has 256 bits, so it can't be guessed. */
const TOKEN_BYTES = 32;
const MAX_LINKS_PER_CLIP = 20;

interface LinksDependencies {
  db: PrismaClient;
  now?: () => number;
}

export type Links = ReturnType<typeof createLinks>;

/** Manages public links. Whoever has a link watches the clip without an account, until the link expires or is revoked. */
export function createLinks({ db, now = Date.now }: LinksDependencies) {
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
      return toDto(link);
    },

    /**
     * Deletes a link.
     * @throws AppError NOT_FOUND
     */
    async revoke(userId: string, linkId: string): Promise<void> {
      const { count } = await db.clipLink.deleteMany({ where: { id: linkId, clip: { userId } } });
      if (count === 0) throw new AppError('NOT_FOUND');
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
     * Finds a file of the clip behind a link.
     * @throws AppError LINK_GONE
     */
    async file(token: string, kind: ClipFileKind, version?: string): Promise<ClipFile> {
      const { clipId } = await find(token);
      return findClipFile(db, clipId, kind, version);
    },

    /** Deletes links that have expired. A periodic job calls it. */
    async forgetExpired(): Promise<void> {
      await db.clipLink.deleteMany({ where: { expiresAt: { lte: new Date(now()) } } });
    },
  };
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
