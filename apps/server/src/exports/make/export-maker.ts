import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import { SOUND_BPS, type Work } from '../plan/export-plan.ts';
import { makeChat } from './chat-maker.ts';
import type { MakeContext, Making } from './making.ts';
import { animationCommand, stillCommand } from './picture-args.ts';
import { shownSince } from './shown-since.ts';
import { soundFileCommand } from './sound-file-args.ts';
import { wholeVideoCommand } from './whole-args.ts';

/** ffmpeg may take this many times the length of a clip for one pass, and this long for the shortest. */
const TIMEOUT_FACTOR = 30;
const LEAST_TIMEOUT_MS = 10 * MINUTE;
const CROP_ENCODING = { crf: 20, keyframeSeconds: 4, encoder: [] };
/** Editors show any picture at once when none depends on later ones and keyframes are near. */
const EDITING_ENCODING = { crf: 16, keyframeSeconds: 0.5, encoder: ['-bf', '0'] };

/** Makes the files of exports. */
export function createExportMaker({ ffmpeg }: { ffmpeg: Pick<Ffmpeg, 'run'> }) {
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
      await ffmpeg.run(commandOf(work, making, path), run(making.report));
      if ((work.kind === 'crop' || work.kind === 'editing') && (await stat(path)).size > work.plan.maxBytes) {
        // Few clips need more than was planned, and they alone pay for being kept to it.
        await ffmpeg.run(commandOf(work, making, path, { isKept: true }), run(making.report));
      }
      return path;
    },
  };
}

/** Returns the one command that makes an export other than for chat. */
function commandOf(
  work: Exclude<Work, { kind: 'chat' }>,
  { source, movie, facts, labels }: Making,
  outputPath: string,
  { isKept = false } = {},
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
        ...CROP_ENCODING,
      });
    }
    case 'editing': {
      const { framesPerSecond } = work;
      const budget = isKept ? work.budget : null;
      const { width, height } = work;
      const sound = facts.hasSound ? work.sound : null;
      return wholeVideoCommand(source, {
        ...{ width, height, framesPerSecond, budget, sound, labels, outputPath },
        ...EDITING_ENCODING,
      });
    }
    case 'animation':
      return animationCommand(source.path, {
        ...{ ...work, source, maxBytes: work.plan.maxBytes, outputPath },
        keyframeSeconds: shownSince(movie, work.fromSeconds, { isKeyframe: true }),
      });
  }
}
