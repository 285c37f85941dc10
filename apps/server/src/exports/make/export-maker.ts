import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import type { ExportEncoders } from '../encoder/export-encoders.ts';
import { X264, type VideoEncoder } from '../encoder/video-encoder.ts';
import { SOUND_BPS, type Work } from '../plan/export-plan.ts';
import { makeChat } from './chat-maker.ts';
import type { MakeContext, Making } from './making.ts';
import { animationCommand, stillCommand } from './picture-args.ts';
import { shownSince } from './shown-since.ts';
import { soundFileCommand } from './sound-file-args.ts';
import { CROP_ENCODING, EDITING_ENCODING, wholeVideoCommand } from './whole-args.ts';

/** ffmpeg may take this many times the length of a clip for one pass, and this long for the shortest. */
const TIMEOUT_FACTOR = 30;
const LEAST_TIMEOUT_MS = 10 * MINUTE;

/** Makes the files of exports. */
export function createExportMaker({
  ffmpeg,
  encoders,
}: {
  ffmpeg: Pick<Ffmpeg, 'run'>;
  /** Without them, x264 is used. */
  encoders?: Pick<ExportEncoders, 'best' | 'failed'>;
}) {
  /** Makes a video that need not keep to a size, by x264 when the better encoder fails. */
  async function encodeFreely(run: (encoder: VideoEncoder) => Promise<void>): Promise<void> {
    const encoder = (await encoders?.best()) ?? X264;
    try {
      await run(encoder);
    } catch (error) {
      const isRefusal = error instanceof AppError && error.code === 'CONCATENATION_FAILED';
      if (encoder === X264 || !isRefusal) throw error;
      encoders?.failed(encoder, error);
      await run(X264);
    }
  }

  return {
    /**
     * Makes an export's file in a directory.
     * @returns the path of the file
     * @throws AppError EXPORT_LIMIT_TOO_SMALL, and those of ffmpeg
     */
    async make(work: Work, { signal, ...making }: Making & { signal: AbortSignal }): Promise<string> {
      const { durationSeconds } = making.source;
      const run: MakeContext['run'] = (onPart) => ({
        timeoutMs: LEAST_TIMEOUT_MS + TIMEOUT_FACTOR * durationSeconds * SECOND,
        signal,
        isBackground: true,
        onProgress: (seconds) => onPart?.(Math.min(1, seconds / durationSeconds)),
      });
      if (work.kind === 'chat') return makeChat(ffmpeg, work.chat, { ...making, run });
      const path = join(making.directory, `export.${work.plan.extension}`);
      const encode = (how?: How) => ffmpeg.run(commandOf(work, making, path, how), run(making.report));
      if (work.kind !== 'crop' && work.kind !== 'editing') {
        await encode();
        return path;
      }
      await encodeFreely((encoder) => encode({ encoder }));
      // Few clips need more than was planned, and they alone pay for being kept to it.
      if ((await stat(path)).size > work.plan.maxBytes) await encode({ isKept: true });
      return path;
    },
  };
}

interface How {
  encoder?: VideoEncoder;
  /** It keeps to the budget. */
  isKept?: boolean;
}

/** Returns the one command that makes an export other than for chat. */
function commandOf(
  work: Exclude<Work, { kind: 'chat' }>,
  { source, movie, facts, separate, labels }: Making,
  outputPath: string,
  { encoder = X264, isKept = false }: How = {},
): FfmpegCommand {
  const { durationSeconds } = source;
  const copiesSound = facts.isAac && facts.isPlain;
  switch (work.kind) {
    case 'sound': {
      const bps = copiesSound ? null : SOUND_BPS;
      return soundFileCommand(source.path, { bps, isMono: false, durationSeconds, labels, outputPath });
    }
    case 'still': {
      const shownAtSeconds = shownSince(movie, work.atSeconds);
      const format = work.plan.extension === 'png' ? 'png' : 'jpg';
      return stillCommand(source.path, { shownAtSeconds, format, outputPath });
    }
    case 'crop': {
      const { crop, framesPerSecond } = work;
      const budget = isKept ? work.budget : null;
      const { width, height } = crop;
      const sound = !facts.hasSound ? null : copiesSound ? 'copy' : 'aac';
      return wholeVideoCommand(source, {
        ...{ crop, width, height, framesPerSecond, budget, sound, labels, outputPath },
        ...{ ...CROP_ENCODING, encoder },
      });
    }
    case 'editing': {
      const { framesPerSecond } = work;
      const budget = isKept ? work.budget : null;
      const { width, height } = work;
      const sound = facts.hasSound ? work.sound : null;
      return wholeVideoCommand(source, {
        ...{ width, height, framesPerSecond, budget, sound, separate, labels, outputPath },
        ...{ ...EDITING_ENCODING, encoder },
      });
    }
    case 'animation':
      return animationCommand(source.path, {
        ...{ ...work, source, maxBytes: work.plan.maxBytes, outputPath },
        keyframeSeconds: shownSince(movie, work.fromSeconds, { isKeyframe: true }),
      });
  }
}
