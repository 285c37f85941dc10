import { useState } from 'react';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { MAX_ANIMATION_MS, type ExportKind, type ExportOptions } from '@hindsight/shared/clips/export';
import { cropOfShape, type Shape } from '../crop-of-shape.ts';

/** What is set for all kinds of exports, so that looking at another kind forgets nothing. */
export interface ExportChoices {
  kind: ExportKind;
  limitBytes: number;
  sound: 'aac' | 'pcm';
  /** The sounds that the clip's was mixed of come along, each in a track of its own. */
  hasSeparateTracks: boolean;
  rate: 'auto' | '30' | '60';
  shape: Shape;
  /** Where the crop lies, from 0 to 1. */
  position: number;
  atMs: number;
  stillFormat: 'png' | 'jpeg';
  animationFormat: 'webp' | 'gif';
  /** The length of moving pictures. */
  lengthMs: number;
}

/** Keeps what one sets for an export of a clip, and makes of it what the server is asked for. */
export function useExportOptions(clip: ClipDto, given: { limitBytes: number; atMs: number }) {
  const [choices, setChoices] = useState<ExportChoices>({
    ...{ kind: 'chat', limitBytes: given.limitBytes, sound: 'aac', rate: 'auto' },
    hasSeparateTracks: typeof clip.tracksUrl === 'string',
    ...{ shape: 'upright', position: 0.5, atMs: Math.min(given.atMs, clip.durationMs) },
    ...{ stillFormat: 'png', animationFormat: 'webp', lengthMs: Math.min(5000, clip.durationMs) },
  });
  return {
    choices,
    options: toOptions(clip, choices),
    change: (changes: Partial<ExportChoices>) => setChoices((before) => ({ ...before, ...changes })),
  };
}

function toOptions({ width, height, durationMs, tracksUrl }: ClipDto, choices: ExportChoices): ExportOptions {
  const { kind, atMs } = choices;
  switch (kind) {
    case 'chat':
      return { kind, limitBytes: choices.limitBytes };
    case 'editing': {
      const { rate, sound } = choices;
      return {
        ...{ kind, sound },
        ...(rate === 'auto' ? {} : { framesPerSecond: rate === '30' ? 30 : 60 }),
        ...(choices.hasSeparateTracks && typeof tracksUrl === 'string' ? { hasSeparateTracks: true } : {}),
      };
    }
    case 'crop':
      return {
        kind,
        crop: cropOfShape({ width: width ?? 0, height: height ?? 0 }, choices.shape, choices.position),
      };
    case 'sound':
      return { kind };
    case 'still':
      return { kind, atMs, format: choices.stillFormat };
    case 'animation': {
      const lengthMs = Math.min(choices.lengthMs, MAX_ANIMATION_MS, durationMs);
      const fromMs = Math.min(atMs, durationMs - lengthMs);
      return { kind, format: choices.animationFormat, fromMs, toMs: fromMs + lengthMs };
    }
  }
}
