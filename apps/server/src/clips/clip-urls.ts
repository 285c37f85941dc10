import { spriteLayout } from '@hindsight/shared/clips/sprite';
import type { Sprite } from '@hindsight/shared/clips/clip';

interface ClipFiles {
  id: string;
  status: string;
  durationMs: number;
  fileId: string | null;
  posterFileId: string | null;
  spriteFileId: string | null;
}

interface ClipUrls {
  videoUrl: string | null;
  posterUrl: string | null;
  downloadUrl: string | null;
  sprite: Sprite | null;
}

/**
 * Returns the URLs of a clip's files under a base path, or null for files that don't exist. Files shown by a browser have
 * their version in the URL, so that bytes of two files are never mixed. A download is always the newest file.
 */
export function clipUrls(clip: ClipFiles, base: string = `/api/clips/${clip.id}`): ClipUrls {
  if (clip.status !== 'READY') return { videoUrl: null, posterUrl: null, downloadUrl: null, sprite: null };
  const { fileId, posterFileId, spriteFileId } = clip;
  return {
    videoUrl: `${base}/video?v=${fileId}`,
    posterUrl: posterFileId === null ? null : `${base}/poster.jpg?v=${posterFileId}`,
    downloadUrl: `${base}/download`,
    sprite:
      spriteFileId === null
        ? null
        : { url: `${base}/sprite.jpg?v=${spriteFileId}`, ...spriteLayout(clip.durationMs) },
  };
}
