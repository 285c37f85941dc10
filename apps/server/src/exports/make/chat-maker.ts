import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import type { Ffmpeg } from '../../ffmpeg/ffmpeg.ts';
import { containerBytes, type ChatPlan } from '../plan/chat-plan.ts';
import { copyFileCommand, firstPassCommand, secondPassCommand } from './chat-args.ts';
import type { MakeContext } from './making.ts';
import { soundFileCommand } from './sound-file-args.ts';

/** The second pass aims at this part of the limit, because the encoder doesn't hit its rate exactly. */
const AIM = 0.991;
/** A file below this part of the limit leaves too much of it unused. */
const ENOUGH = 0.98;
/** The second pass is repeated at another rate this often. */
const MAX_PASSES = 5;
/** An encoder that came out this close to what was asked won't come closer. */
const LEAST_CHANGE = 0.002;
/** Of all work, this part is done when the first pass is. */
const FIRST_PASS_PART = 0.4;
const LEAST_BPS = 1000;

/**
 * Makes a file for chat in two passes. It is never larger than the limit: a second pass that came out too large, or much too
 * small, is repeated at a rate that follows from what came out.
 * @throws AppError EXPORT_LIMIT_TOO_SMALL when the encoder can't get below the limit; those of ffmpeg
 */
export async function makeChat(
  ffmpeg: Pick<Ffmpeg, 'run'>,
  chat: ChatPlan,
  context: MakeContext,
): Promise<string> {
  const { source, directory, labels, facts, run, report } = context;
  const outputPath = join(directory, 'chat.mp4');
  if (chat.isCopy) {
    await ffmpeg.run(copyFileCommand(source.path, { labels, outputPath }), run(report));
    return outputPath;
  }
  const { durationSeconds } = source;
  const soundPath = facts.hasSound ? join(directory, 'sound.m4a') : null;
  let soundBytes = 0;
  if (soundPath !== null) {
    const { soundBps: bps, isMono } = chat;
    const isFit = facts.isAac && facts.isPlain && (facts.soundBytes * 8) / durationSeconds <= bps * 1.05;
    await ffmpeg.run(
      soundFileCommand(source.path, {
        ...{ bps: isFit ? null : bps, isMono, durationSeconds, labels, outputPath: soundPath },
      }),
      run(),
    );
    soundBytes = (await stat(soundPath)).size;
  }
  const { framesPerSecond, limitBytes } = chat;
  const container = containerBytes({ durationSeconds, framesPerSecond, hasSound: false });
  const videoBpsOf = (bytes: number) =>
    Math.max(LEAST_BPS, ((bytes - soundBytes - container) * 8) / durationSeconds);
  let videoBps = videoBpsOf(limitBytes * AIM);
  await ffmpeg.run(
    firstPassCommand(source, { chat, videoBps, directory }),
    run((part) => report(part * FIRST_PASS_PART)),
  );
  let best: { path: string; sizeBytes: number } | null = null;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const path = join(directory, `chat-${pass}.mp4`);
    const command = { chat, videoBps, directory, soundPath, labels, outputPath: path };
    await ffmpeg.run(
      secondPassCommand(source, command),
      run((part) => report(FIRST_PASS_PART + part * (1 - FIRST_PASS_PART))),
    );
    const sizeBytes = (await stat(path)).size;
    const isFit = sizeBytes <= limitBytes;
    const previous: number = best?.sizeBytes ?? 0;
    if (isFit && sizeBytes > previous) best = { path, sizeBytes };
    if (isFit && sizeBytes >= limitBytes * ENOUGH) break;
    // More bits no longer make a difference.
    if (isFit && previous > 0 && sizeBytes < previous * (1 + LEAST_CHANGE)) break;
    const came = Math.max(1, sizeBytes - soundBytes - container);
    const wanted = Math.max(1, limitBytes * AIM - soundBytes - container);
    videoBps = Math.max(LEAST_BPS, (videoBps * wanted) / came);
  }
  if (best === null) throw new AppError('EXPORT_LIMIT_TOO_SMALL');
  return best.path;
}
