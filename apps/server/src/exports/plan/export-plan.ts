import type { Crop, ExportOptions, ExportPlan } from '@hindsight/shared/clips/export';
import { AppError } from '@hindsight/shared/errors';
import { MiB, SECOND } from '@hindsight/shared/units';
import { even } from '../../ffmpeg/filters.ts';
import { encodingBudget, type EncodingBudget } from '../../ffmpeg/picture-encoder.ts';
import { containerBytes, planChat, type ChatPlan } from './chat-plan.ts';
import type { ClipFacts } from './clip-facts.ts';

/** What is made, with what people are told of it beforehand. */
export type Work = { plan: ExportPlan } & (
  | { kind: 'chat'; chat: ChatPlan }
  | { kind: 'sound' }
  | { kind: 'still'; atSeconds: number }
  | { kind: 'crop'; crop: Crop; framesPerSecond: number; budget: EncodingBudget }
  | {
      kind: 'editing';
      width: number;
      height: number;
      framesPerSecond: number;
      sound: 'aac' | 'pcm';
      hasSeparateTracks: boolean;
      budget: EncodingBudget;
    }
  | {
      kind: 'animation';
      format: 'webp' | 'gif';
      fromSeconds: number;
      durationSeconds: number;
      width: number;
      height: number;
      framesPerSecond: number;
    }
);

/** The rate is that of sound that is encoded anew. */
export const SOUND_BPS = 128_000;
/** The encoder of sound keeps to its rate within this factor. */
const SOUND_TOLERANCE = 1.25;
const PCM_BPS = 48_000 * 16 * 2;
/** An editor's file is encoded for further work, so it may be this much larger. */
const EDITING_FACTOR = 3;
/** What is cropped out may hold most of what needs bits. */
const CROP_FACTOR = 1.5;
const EDITING_RATE_FROM = 33;
const BYTES_PER_PIXEL = 3;
/** A PNG has a filter byte a line, and a few bytes more where a picture can't be compressed. */
const PNG_TOLERANCE = 1.02;
const ANIMATION_WIDTH = 480;
const ANIMATION_RATES = { webp: 15, gif: 12 } as const;
/** This many bytes a pixel are usual, and at most. */
const ANIMATION_BYTES = { webp: { usual: 0.05, most: 0.4 }, gif: { usual: 0.25, most: 1.3 } } as const;

/**
 * Plans an export.
 * @param chatLimitBytes the size for chat when none is asked for
 * @throws AppError EXPORT_LIMIT_TOO_SMALL; VALIDATION_FAILED when the options don't fit the clip
 */
export function planExport(
  options: ExportOptions,
  facts: ClipFacts,
  { chatLimitBytes }: { chatLimitBytes: number },
): Work {
  switch (options.kind) {
    case 'chat':
      return chatWork(planChat(facts, options.limitBytes ?? chatLimitBytes), facts);
    case 'sound':
      return soundWork(facts);
    case 'still':
      return stillWork(options, facts);
    case 'crop':
      return cropWork(options.crop, facts);
    case 'editing':
      return editingWork(options, facts);
    case 'animation':
      return animationWork(options, facts);
  }
}

function chatWork(chat: ChatPlan, { sizeBytes, hasSound }: ClipFacts): Work {
  const { width, height, framesPerSecond, look, limitBytes, isCopy } = chat;
  const plan: ExportPlan = {
    kind: 'chat',
    ...{ width, height, framesPerSecond, look, hasSound },
    sizeBytes: isCopy ? sizeBytes : Math.round(limitBytes * 0.99),
    maxBytes: limitBytes,
    extension: 'mp4',
  };
  return { kind: 'chat', chat, plan };
}

function soundWork(facts: ClipFacts): Work {
  if (!facts.hasSound) throw invalid('The clip has no sound.');
  const { durationSeconds, isAac, soundBytes } = facts;
  const usual = isAac ? soundBytes : (durationSeconds * SOUND_BPS) / 8;
  const container = containerBytes({ durationSeconds, framesPerSecond: 0, hasSound: true });
  return {
    kind: 'sound',
    plan: {
      ...{ kind: 'sound', width: null, height: null, framesPerSecond: null, look: null, hasSound: true },
      sizeBytes: Math.round(usual + container),
      maxBytes: Math.ceil(usual * (isAac ? 1 : SOUND_TOLERANCE) + container + MiB / 4),
      extension: 'm4a',
    },
  };
}

function stillWork(
  { atMs, format }: Extract<ExportOptions, { kind: 'still' }>,
  { width, height, durationSeconds }: ClipFacts,
): Work {
  const atSeconds = atMs / SECOND;
  if (atSeconds > durationSeconds) throw invalid('The clip is shorter than that.');
  const pixels = width * height;
  return {
    ...{ kind: 'still', atSeconds },
    plan: {
      ...{ kind: 'still', width, height, framesPerSecond: null, look: 'same', hasSound: false },
      sizeBytes: Math.round(pixels * (format === 'png' ? 1 : 0.25)),
      maxBytes: Math.ceil(pixels * BYTES_PER_PIXEL * PNG_TOLERANCE + MiB / 4),
      extension: format === 'png' ? 'png' : 'jpg',
    },
  };
}

function cropWork(asked: Crop, facts: ClipFacts): Work {
  if (asked.x + asked.width > facts.width || asked.y + asked.height > facts.height)
    throw invalid(`The crop is not inside the picture of ${facts.width} × ${facts.height}.`);
  // H.264 has two pixels to one of colour.
  const crop = {
    x: Math.floor(asked.x / 2) * 2,
    y: Math.floor(asked.y / 2) * 2,
    width: Math.floor(asked.width / 2) * 2,
    height: Math.floor(asked.height / 2) * 2,
  };
  const { framesPerSecond } = facts;
  const { budget, ...bytes } = encodedBytes(facts, { factor: CROP_FACTOR, framesPerSecond });
  return {
    ...{ kind: 'crop', crop, framesPerSecond, budget },
    plan: {
      ...{ kind: 'crop', width: crop.width, height: crop.height, framesPerSecond, look: 'same' },
      hasSound: facts.hasSound,
      sizeBytes: Math.round(
        (facts.sizeBytes * crop.width * crop.height) / (facts.width * facts.height) + facts.soundBytes,
      ),
      maxBytes: bytes.maxBytes,
      extension: 'mp4',
    },
  };
}

function editingWork(
  { framesPerSecond: asked, sound, hasSeparateTracks = false }: Extract<ExportOptions, { kind: 'editing' }>,
  facts: ClipFacts,
): Work {
  if (hasSeparateTracks && facts.separateTracks === 0)
    throw invalid('The clip has no separate tracks. Export it with its mixed sound alone.');
  const framesPerSecond = asked ?? (facts.framesPerSecond > EDITING_RATE_FROM ? 60 : 30);
  const soundBps = sound === 'pcm' ? PCM_BPS : SOUND_BPS * SOUND_TOLERANCE;
  const { budget, maxBytes } = encodedBytes(facts, { factor: EDITING_FACTOR, framesPerSecond, soundBps });
  const { hasSound, durationSeconds } = facts;
  const [width, height] = [even(facts.width), even(facts.height)];
  const separateTracks = hasSeparateTracks ? facts.separateTracks : 0;
  const trackBytes =
    (durationSeconds * soundBps) / 8 +
    containerBytes({ durationSeconds, framesPerSecond: 0, hasSound: true });
  const soundBytes = (hasSound ? (durationSeconds * soundBps) / 8 : 0) + separateTracks * trackBytes;
  return {
    ...{ kind: 'editing', width, height, framesPerSecond, sound, hasSeparateTracks, budget },
    plan: {
      ...{ kind: 'editing', width, height, framesPerSecond, look: 'same', hasSound, separateTracks },
      sizeBytes: Math.round(facts.sizeBytes * 1.5 + soundBytes),
      maxBytes: Math.ceil(maxBytes + separateTracks * trackBytes),
      // MP4 has no PCM that editors agree about.
      extension: hasSound && sound === 'pcm' ? 'mov' : 'mp4',
    },
  };
}

/** Returns the budget of pictures that are encoded anew, and the most bytes of a file with them and with sound. */
function encodedBytes(
  facts: ClipFacts,
  {
    factor,
    framesPerSecond,
    soundBps = SOUND_BPS * SOUND_TOLERANCE,
  }: { factor: number; framesPerSecond: number; soundBps?: number },
): { budget: EncodingBudget; maxBytes: number } {
  const { durationSeconds, hasSound } = facts;
  const budget = encodingBudget(facts.sizeBytes, durationSeconds, factor);
  const soundBytes = hasSound ? Math.max(facts.soundBytes, (durationSeconds * soundBps) / 8) : 0;
  const container = containerBytes({ durationSeconds, framesPerSecond, hasSound });
  return { budget, maxBytes: Math.ceil(budget.maxBytes + soundBytes + container) };
}

function animationWork(
  { format, fromMs, toMs }: Extract<ExportOptions, { kind: 'animation' }>,
  facts: ClipFacts,
): Work {
  const fromSeconds = fromMs / SECOND;
  if (fromSeconds >= facts.durationSeconds) throw invalid('The clip is shorter than that.');
  const durationSeconds = Math.min(toMs / SECOND, facts.durationSeconds) - fromSeconds;
  const width = even(Math.min(ANIMATION_WIDTH, facts.width));
  const height = even((facts.height * width) / facts.width);
  const framesPerSecond = Math.min(ANIMATION_RATES[format], facts.framesPerSecond);
  const pixels = width * height * Math.ceil(durationSeconds * framesPerSecond);
  return {
    ...{ kind: 'animation', format, fromSeconds, durationSeconds, width, height, framesPerSecond },
    plan: {
      ...{ kind: 'animation', width, height, framesPerSecond, look: null, hasSound: false },
      sizeBytes: Math.round(pixels * ANIMATION_BYTES[format].usual),
      maxBytes: Math.ceil(pixels * ANIMATION_BYTES[format].most + MiB),
      extension: format,
    },
  };
}

function invalid(detail: string): AppError {
  return new AppError('VALIDATION_FAILED', { detail });
}
