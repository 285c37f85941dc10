import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import type { Quota } from '../../quota/quota.service.ts';
import { clipPosterKey, clipTracksKey, clipVideoKey } from '../../storage/storage-key.ts';
import type { ObjectStorage } from '../../storage/storage.port.ts';
import type { Member } from './people.ts';

interface ClipOptions {
  title?: string;
  video?: Buffer;
  /** The file of its separate tracks. It has none unless given. */
  tracks?: Buffer;
  pressedAt?: Date;
  durationMs?: number;
  /** The channel's community is used unless given. */
  communityId?: string;
}

/** Stores a finished clip as the finalizer would: objects, rows, quota. */
export async function createReadyClip(
  {
    db,
    storage,
    quota,
  }: { db: PrismaClient; storage: Pick<ObjectStorage, 'makeTempDir' | 'commit'>; quota: Quota },
  { user, channelId, communityId }: Member,
  options: ClipOptions = {},
) {
  const id = randomUUID();
  const { title = 'Lounge, 1 min', video = Buffer.from('video'), pressedAt = new Date() } = options;
  const { durationMs = 60_000 } = options;
  const store = async (storageKey: string, bytes: Buffer) => {
    const directory = await storage.makeTempDir();
    await writeFile(join(directory, 'file'), bytes);
    await storage.commit(join(directory, 'file'), storageKey);
    const checksum = createHash('sha256').update(bytes).digest('hex');
    return { storageKey, sizeBytes: BigInt(bytes.length), checksum, filename: id };
  };
  const file = await store(clipVideoKey({ userId: user.id, id }), video);
  const poster = await store(clipPosterKey({ userId: user.id, id }), Buffer.from('poster'));
  const { tracks } = options;
  const tracksFile =
    tracks === undefined ? null : await store(clipTracksKey({ userId: user.id, id }), tracks);
  const bytes = video.length + (tracks?.length ?? 0);
  return db.$transaction(async (tx) => {
    await quota.reserve(tx, user.id, bytes);
    await quota.commit(tx, user.id, { reservedBytes: bytes, usedBytes: bytes });
    return tx.replayClip.create({
      data: {
        id,
        user: { connect: { id: user.id } },
        community: { connect: { id: options.communityId ?? communityId } },
        channel: { connect: { id: channelId } },
        roomName: channelId,
        title,
        status: 'READY',
        fromAt: new Date(pressedAt.getTime() - durationMs),
        toAt: pressedAt,
        pressedAt,
        durationMs,
        sizeBytes: BigInt(bytes),
        width: 1280,
        height: 720,
        videoCodec: 'h264',
        audioCodec: 'opus',
        file: { create: { ...file, resourceType: 'REPLAY_CLIP', mimeType: 'video/mp4' } },
        ...(tracksFile === null
          ? {}
          : {
              tracksFile: {
                create: { ...tracksFile, resourceType: 'REPLAY_TRACKS' as const, mimeType: 'video/mp4' },
              },
            }),
        posterFile: { create: { ...poster, resourceType: 'REPLAY_POSTER', mimeType: 'image/jpeg' } },
      },
    });
  });
}
