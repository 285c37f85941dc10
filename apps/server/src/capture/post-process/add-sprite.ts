import { join } from 'node:path';
import { MINUTE } from '@hindsight/shared/units';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import { clipSpriteKey } from '../../storage/storage-key.ts';
import { sha256SmallFile } from '../lifecycle/checksum.ts';
import { describeFile } from '../lifecycle/clip-check.ts';
import {
  changeClip,
  contentColumns,
  type ClipChange,
  type ReadyClip,
  type StepContext,
} from './clip-change.ts';
import { spriteCommand } from './sprite-args.ts';

const TIMEOUT_MS = 30 * MINUTE;

/** Makes a clip's sprite: the small pictures that are shown when the pointer is over its card or its seek bar. */
export function createAddSprite({
  ffmpeg,
  clipChange,
}: {
  ffmpeg: Pick<Ffmpeg, 'run'>;
  clipChange: ClipChange;
}) {
  return async function addSprite(
    clip: ReadyClip,
    { directory, copyOf, signal }: StepContext,
  ): Promise<void> {
    const path = join(directory, 'sprite.jpg');
    const command = spriteCommand(await copyOf(clip.file), clip.durationMs, path);
    await ffmpeg.run(command, { timeoutMs: TIMEOUT_MS, signal, isBackground: true });
    const sprite = await describeFile(path, await sha256SmallFile(path));
    const storageKey = clipSpriteKey(clip);
    await clipChange.put(clip, { path, storageKey, signal }, async (tx) => {
      const file = await tx.file.create({
        data: {
          ...contentColumns(sprite),
          resourceType: 'REPLAY_SPRITE',
          filename: `${clip.id}-sprite.jpg`,
          mimeType: 'image/jpeg',
          storageKey,
        },
      });
      await changeClip(tx, clip, { spriteFileId: file.id });
    });
  };
}
