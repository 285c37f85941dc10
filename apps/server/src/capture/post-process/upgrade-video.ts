import { join } from 'node:path';
import { planExactStart } from '@hindsight/mp4/layout/exact-cut';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { firstPieceOfOtherSize } from '@hindsight/mp4/layout/one-size';
import { replaceSound, hiddenSeconds } from '@hindsight/mp4/layout/replace-sound';
import { readMovieTracks, trackOf } from '@hindsight/mp4/tables/movie-tracks';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND, toSafeNumber } from '@hindsight/shared/units';
import { etagOf } from '../../clips/clip-files.ts';
import type { ExactStarts } from '../exact/exact-starts.ts';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import type { Quota } from '../../quota/quota.service.ts';
import type { Deletions } from '../../storage/deletions.ts';
import type { DiskGuard } from '../../storage/disk-guard.ts';
import { clipUpgradeKey } from '../../storage/storage-key.ts';
import { MAX_BYTES_PER_SECOND } from '../instant/clip-file-writer.ts';
import { describeFile, type WrittenFile } from '../lifecycle/clip-check.ts';
import { cutExactly } from '../trim/exact-start.ts';
import { exchangeVideo, type ClipChange, type ReadyClip, type StepContext } from './clip-change.ts';
import { toOneSize } from './one-size.ts';
import { encodeSound } from './encode-sound.ts';

const TIMEOUT_MS = 30 * MINUTE;
const DURATION_TOLERANCE_SECONDS = 0.1;
/** The pictures of another size lie on the disk twice more: as they were, and encoded anew. */
const RESIZING_SPACE_FACTOR = 3;

interface UpgradeDependencies {
  disk: Pick<DiskGuard, 'requireSpace'>;
  ffmpeg: Ffmpeg;
  quota: Pick<Quota, 'exchange'>;
  deletions: Pick<Deletions, 'enqueue'>;
  /** It may have encoded a clip's first pictures already. */
  exactStarts: Pick<ExactStarts, 'headFile'>;
  clipChange: ClipChange;
}

/** Gives clips a file that plays the same in every player. */
export function createUpgradeVideo({
  disk,
  ffmpeg,
  quota,
  deletions,
  exactStarts,
  clipChange,
}: UpgradeDependencies) {
  /**
   * Replaces a clip's file by a new video. The earlier file stays for its current viewers, and no longer counts against
   * the quota.
   * @param clip has the audio codec of the new file
   */
  async function replaceVideo(clip: ReadyClip, video: WrittenFile, signal: AbortSignal): Promise<void> {
    const storageKey = clipUpgradeKey(clip);
    await clipChange.put(clip, { path: video.path, storageKey, signal }, async (tx) => {
      const { audioCodec } = clip;
      const freedBytes = await exchangeVideo(tx, deletions, clip, {
        video,
        storageKey,
        data: { audioCodec, upgradePutOffAt: null },
      });
      await quota.exchange(tx, clip.userId, { freedBytes, usedBytes: video.sizeBytes });
    });
  }

  /**
   * Gives a clip sound for every player and, where an edit list hides pictures before its start, an exact start in every
   * player. Pictures of several sizes get one. Does nothing when it needs none of that.
   * @throws AppError DISK_LOW, QUOTA_EXCEEDED; CONCATENATION_FAILED when the new file isn't like the clip
   */
  return async function upgradeVideo(
    clip: ReadyClip,
    { directory, copyOf, signal }: StepContext,
  ): Promise<void> {
    const sourcePath = await copyOf(clip.file);
    const movie = await readMovieTracks(sourcePath);
    const original = trackOf(movie, 'video');
    const cut = planExactStart(original);
    const isSilent = clip.audioCodec === null;
    const hasSizes = firstPieceOfOtherSize(original) !== null;
    if (isSilent && cut === null && !hasSizes) return;
    await disk.requireSpace(toSafeNumber(clip.file.sizeBytes) * (hasSizes ? RESIZING_SPACE_FACTOR : 1));
    const run = { timeoutMs: TIMEOUT_MS, signal, isBackground: true };
    const exact =
      cut === null
        ? original
        : await cutExactly(
            ffmpeg,
            sourcePath,
            { video: original, cut },
            {
              ...{ ...run, directory },
              headFile: await exactStarts.headFile({ etag: etagOf(clip.file) }),
            },
          );
    const video = await toOneSize(ffmpeg, exact, { ...run, directory });
    const durationSeconds = clip.durationMs / SECOND;
    const silentSeconds = hiddenSeconds(video);
    const sound = { sourcePath, durationSeconds, silentSeconds, directory };
    const layout = replaceSound(
      video,
      isSilent ? [] : [await encodeSound(ffmpeg, sound, run)],
      clip.fromAt.getTime(),
    );
    const path = join(directory, 'clip.mp4');
    const checksum = await writeLayout(layout, path, { signal, maxBytesPerSecond: MAX_BYTES_PER_SECOND });
    const probe = await ffmpeg.probe(path, signal);
    const isAsLong = Math.abs(probe.durationSeconds - durationSeconds) <= DURATION_TOLERANCE_SECONDS;
    const audioCodec = isSilent ? null : 'aac';
    if (probe.video === null || (probe.audio?.codec ?? null) !== audioCodec || !isAsLong)
      throw new AppError('CONCATENATION_FAILED', {
        cause: new Error('the new file does not match the clip'),
      });
    await replaceVideo({ ...clip, audioCodec }, await describeFile(path, checksum), signal);
  };
}
