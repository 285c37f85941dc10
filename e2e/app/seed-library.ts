import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { MiB, SECOND } from '@hindsight/shared/units';
import { spriteLayout } from '@hindsight/shared/clips/sprite';
import { withDatabase } from './app.ts';
import { runFfmpeg } from '@hindsight/rig/media/run-ffmpeg';

const ROWS_AT_ONCE = 1000;
const CLIP_MS = 10 * SECOND;
/** The picture is wide enough for the pictures of a sprite and is made in a moment. */
const PICTURE = 'testsrc2=size=640x360:rate=30';

/** Every hundredth clip has this in its title. */
export const RARE_TITLE = 'Triple kill';

/**
 * Fills somebody's library with playable clips, one for each minute back from now, while the app is not running. All clips use
 * the same files, because only the library is tested; so none of the clips may be deleted for good.
 */
export async function seedLibrary(dataDir: string, username: string, count: number): Promise<void> {
  await withDatabase(dataDir, async (db) => {
    const user = await db.user.findUniqueOrThrow({ where: { usernameKey: username.toLowerCase() } });
    const channel = await db.channel.findFirstOrThrow({ where: { kind: 'VOICE' } });
    const folder = path.join(dataDir, 'files', 'replays', user.id);
    await mkdir(folder, { recursive: true });

    const files = await makeFiles(folder);
    const ids = { video: '', poster: '', sprite: '' };
    for (const kind of ['video', 'poster', 'sprite'] as const) {
      const { name, mimeType, bytes } = files[kind];
      const row = await db.file.create({
        data: {
          resourceType: `REPLAY_${kind === 'video' ? 'CLIP' : kind === 'poster' ? 'POSTER' : 'SPRITE'}`,
          filename: name,
          mimeType,
          sizeBytes: bytes.length,
          checksum: createHash('sha256').update(bytes).digest('hex'),
          storageKey: `replays/${user.id}/${name}`,
        },
      });
      ids[kind] = row.id;
    }

    const now = Date.now();
    const rows = Array.from({ length: count }, (_, index) => {
      const pressedAt = new Date(now - index * 60 * SECOND);
      return {
        userId: user.id,
        communityId: channel.communityId,
        channelId: index % 2 === 0 ? channel.id : null,
        roomName: channel.id,
        title: index % 100 === 50 ? `${RARE_TITLE} ${index}` : `Clip ${index}`,
        status: 'READY' as const,
        fromAt: new Date(pressedAt.getTime() - CLIP_MS),
        toAt: pressedAt,
        durationMs: CLIP_MS,
        sizeBytes: BigInt(MiB),
        width: 640,
        height: 360,
        videoCodec: 'h264',
        audioCodec: 'aac',
        fileId: ids.video,
        posterFileId: ids.poster,
        spriteFileId: ids.sprite,
        pressedAt,
      };
    });
    for (let start = 0; start < rows.length; start += ROWS_AT_ONCE)
      await db.replayClip.createMany({ data: rows.slice(start, start + ROWS_AT_ONCE) });
    const used = { usedBytes: BigInt(count * MiB), quotaBytes: BigInt(2 * count * MiB) };
    await db.userReplayQuota.upsert({
      where: { userId: user.id },
      create: { userId: user.id, ...used },
      update: used,
    });
  });
}

/** Makes a real clip of ten seconds, its poster and its sprite. */
async function makeFiles(folder: string) {
  const id = '0199a000-0000-7000-8000-00000000f11e';
  const names = { video: `${id}.mp4`, poster: `${id}.jpg`, sprite: `${id}-sprite-0123abcd.jpg` };
  const { columns, rows, count } = spriteLayout(CLIP_MS);
  const seconds = String(CLIP_MS / SECOND);
  const video = path.join(folder, names.video);
  await runFfmpeg([
    ...['-f', 'lavfi', '-i', PICTURE, '-f', 'lavfi', '-i', 'sine=1000:sample_rate=48000', '-t', seconds],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
    ...['-movflags', '+faststart', video],
  ]);
  await runFfmpeg(['-i', video, '-frames:v', '1', path.join(folder, names.poster)]);
  const tiles = `fps=${count}/${seconds},scale=160:-2,tile=${columns}x${rows}`;
  await runFfmpeg(['-i', video, '-vf', tiles, '-frames:v', '1', path.join(folder, names.sprite)]);
  const file = async (name: string, mimeType: string) => ({
    name,
    mimeType,
    bytes: await readFile(path.join(folder, name)),
  });
  return {
    video: await file(names.video, 'video/mp4'),
    poster: await file(names.poster, 'image/jpeg'),
    sprite: await file(names.sprite, 'image/jpeg'),
  };
}
