import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import type { File, PrismaClient } from '@hindsight/db/client';
import { readLayoutFrom, type LayoutBytes } from '@hindsight/mp4/layout/layout-reader';
import { partLength, withFileInMemory } from '@hindsight/mp4/tables/payload';
import { readMoov, type ReadBytes } from '@hindsight/mp4/tables/sample-tables';
import { AppError } from '@hindsight/shared/errors';
import { MiB, toSafeNumber } from '@hindsight/shared/units';
import { SingleFlight } from '../single-flight.ts';
import type { ObjectStorage } from '../storage/storage.port.ts';
import { findClipFile, type ClipFile, type ClipVideo } from './clip-files.ts';
import type { ExactBeginning } from './exact-videos.ts';
import { createStoredBlocks } from './stored-blocks.ts';
import { readStoredMovie, type StoredMovie } from './stored-moov.ts';
import { MIX_NAME, namesOfTracks } from './track-names.ts';

/** What a layout is made of: the indexes of both files, and the names of the tracks. */
interface LayoutInput {
  clip: StoredMovie;
  tracks: StoredMovie;
  beginning: { path: string; moov: Uint8Array } | 'keyframe' | 'stored';
  mixName: string;
  names: ReadonlyMap<string, string>;
  recordedAtMs: number;
}

interface TrackDownloadsDependencies {
  db: PrismaClient;
  storage: Pick<ObjectStorage, 'read'>;
  /** Lays out a clip with its separate tracks, away from this thread. */
  layOut: (input: LayoutInput) => Promise<LayoutBytes>;
  /** Returns the beginning that a clip has when it is given away; null when it is given away as it is stored. */
  beginning: (video: ClipVideo) => Promise<ExactBeginning | null>;
  /** The name of the track with the share's own sound in the file of separate tracks. */
  shareTrack: string;
}

/** A download that lies in no file of its own: it is put together while it is read. */
export interface TrackDownload {
  file: ClipFile;
  storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
}

export type TrackDownloads = ReturnType<typeof createTrackDownloads>;

/** Layouts used last stay in memory up to this size, because a download in ranges needs its layout each time. */
const MAX_KNOWN_BYTES = 32 * MiB;
/** Estimated memory for each part of a layout. */
const PART_BYTES = 100;

/** Serves clips with their separate tracks: the pictures and the mix of a clip's file, and each sound of it in a track of its own. */
export function createTrackDownloads({
  db,
  storage,
  layOut,
  beginning,
  shareTrack,
}: TrackDownloadsDependencies) {
  const known = new LRUCache<string, LayoutBytes>({
    maxSize: MAX_KNOWN_BYTES,
    sizeCalculation: ({ head, parts }) =>
      parts.reduce(
        (sum, part) => sum + PART_BYTES + ('bytes' in part ? part.bytes.length : 0),
        head.length + 1,
      ),
  });
  const layingOut = new SingleFlight<LayoutBytes>();

  const moovOf = ({ storageKey }: File) => readStoredMovie(storage, storageKey);

  return {
    /**
     * Finds the separate tracks of a user's own clip. Nobody else gets them, because a voice by itself can be used for more
     * than one among others.
     * @throws AppError NOT_FOUND, also when the clip has no separate tracks; CLIP_NOT_READY, STORAGE_UNAVAILABLE
     */
    async find(userId: string, clipId: string): Promise<TrackDownload> {
      const clip = await db.replayClip.findFirst({
        where: { id: clipId, userId, removedAt: null },
        include: { file: true, tracksFile: true },
      });
      if (clip === null) throw new AppError('NOT_FOUND');
      if (clip.status !== 'READY') throw new AppError('CLIP_NOT_READY');
      const { file, tracksFile, title } = clip;
      if (file === null || tracksFile === null) throw new AppError('NOT_FOUND');
      const names = await namesOfTracks(db, clip, shareTrack);
      const exact = await beginning(await findClipFile(db, clipId, 'video', file.id));
      const etag = createHash('sha256')
        .update(JSON.stringify([LAYOUT_VERSION, file.id, tracksFile.id, [...names], exact?.etag]))
        .digest('hex');
      const layout =
        known.get(etag) ??
        (await layingOut.run(etag, async () => {
          const { head, parts } = await layOut({
            ...{ clip: await moovOf(file), tracks: await moovOf(tracksFile), names },
            ...{ beginning: await beginningOf(exact) },
            ...{ mixName: MIX_NAME, recordedAtMs: clip.fromAt.getTime() },
          });
          const headFile = exact?.headFile ?? null;
          return { head, parts: headFile === null ? parts : withFileInMemory(parts, HEAD_PATH, headFile) };
        }));
      known.set(etag, layout);
      const sizes = new Map([file, tracksFile].map((one) => [one.storageKey, toSafeNumber(one.sizeBytes)]));
      return {
        file: {
          storageKey: file.storageKey,
          sizeBytes: layout.parts.reduce((sum, part) => sum + partLength(part), layout.head.length),
          ...{ etag, title, createdAt: file.createdAt },
        },
        storage: {
          read: async (_key, span) =>
            Readable.from(readLayoutFrom(layout, span, createStoredBlocks(storage, sizes)), {
              objectMode: false,
            }),
          downloadUrl: async () => null,
        },
      };
    },
  };
}

/** The name stands for what is encoded anew, which lies in memory alone. */
const HEAD_PATH = 'head';

async function beginningOf(exact: ExactBeginning | null): Promise<LayoutInput['beginning']> {
  if (exact === null) return 'stored';
  const { headFile } = exact;
  if (headFile === null) return 'keyframe';
  const read: ReadBytes = async (position, length) => headFile.subarray(position, position + length);
  return readMoov(HEAD_PATH, read, (moov) => ({ path: HEAD_PATH, moov }));
}

/** Another version of the layout's code makes other bytes. */
const LAYOUT_VERSION = 2;
