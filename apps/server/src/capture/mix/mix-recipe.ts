import { randomUUID } from 'node:crypto';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { trackSpan, type SegmentIndex } from '@hindsight/mp4/fragments/segment-index';
import type { MixedSection } from '@hindsight/mp4/layout/mixed-sound';
import { SAMPLES_PER_MS } from '@hindsight/recorder/voices/voice-piece';
import { z } from 'zod';
import type { GainsDb } from './gains.ts';
import { mixReach } from './mix-packets.ts';

/** The packets of a mix are made in chunks of a second: a player that seeks waits for one of them. */
export const MIX_CHUNK_PACKETS = 50;

const ticks = z.number().int();
const fileSchema = z.object({
  path: z.string(),
  /** So many bytes of the file belong to the clip. */
  sizeBytes: z.number().int(),
  /** What the file has lies between these times of the mix. */
  fromTicks: ticks,
  toTicks: ticks,
});
const segmentSchema = fileSchema.extend({ initPath: z.string() });
const sectionSchema = z.object({
  /** The section is heard between these times of the mix. */
  fromTicks: ticks,
  toTicks: ticks,
  share: z.object({
    /** By how many decibels it is made louder. */
    gainDb: z.number().optional(),
    /** The time in the mix minus that on the recording's media timeline. */
    shiftTicks: ticks,
    segments: z.array(segmentSchema),
  }),
  voices: z.object({
    /** The time in the mix minus that since the epoch. */
    shiftTicks: ticks,
    /** Each microphone has its own list of files. */
    microphones: z.array(
      z.object({ userId: z.string(), gainDb: z.number().optional(), files: z.array(fileSchema) }),
    ),
  }),
});

/** A recipe says what a clip's sound is mixed from. Times are in ticks of 48 kHz, those of the mix counted from its first packet. */
export const mixRecipeSchema = z.object({
  /** No other recipe has the same, so what was mixed of an earlier one is never taken for this one's. */
  id: z.uuid(),
  packetCount: z.number().int(),
  sections: z.array(sectionSchema),
});
export type MixRecipe = z.infer<typeof mixRecipeSchema>;
type RecipeSection = MixRecipe['sections'][number];
type RecipeFile = z.infer<typeof fileSchema>;

/** A segment of the share, and where its samples lie. */
interface IndexedSegment {
  path: string;
  initPath: string;
  sizeBytes: number;
  index: SegmentIndex;
}

/** What one microphone sent, in files of some seconds. Times are epoch milliseconds. */
export interface Microphone {
  userId: string;
  files: readonly { path: string; sizeBytes: number; fromMs: number; toMs: number }[];
}

/** What a section of a clip is mixed from. */
export interface MixInputs {
  segments: readonly IndexedSegment[];
  /** The recording's media timeline begins at this moment, in epoch milliseconds. */
  mediaZeroMs: number;
  microphones: readonly Microphone[];
}

/** Writes the recipe of a laid-out clip. @param inputs one for each section */
export function mixRecipe(
  mixed: { sections: readonly MixedSection[]; packetCount: number },
  inputs: readonly MixInputs[],
  gainsDb: GainsDb = new Map(),
): MixRecipe {
  const sections = mixed.sections.flatMap((section, index) => {
    const input = inputs[index];
    return input === undefined ? [] : [recipeSection(section, input, gainsDb)];
  });
  return { id: randomUUID(), packetCount: mixed.packetCount, sections };
}

function recipeSection(
  { fromSeconds, toSeconds, shiftSeconds }: MixedSection,
  { segments, mediaZeroMs, microphones }: MixInputs,
  gainsDb: GainsDb,
): RecipeSection {
  const shareShift = toTicks(shiftSeconds);
  const voiceShift = shareShift - Math.round(mediaZeroMs * SAMPLES_PER_MS);
  return {
    fromTicks: toTicks(fromSeconds),
    toTicks: toTicks(toSeconds),
    share: {
      gainDb: gainsDb.get(null) ?? 0,
      shiftTicks: shareShift,
      segments: segments.flatMap(({ index, ...segment }) => {
        const span = trackSpan(index, 'audio');
        if (span === null) return [];
        const fromTicks = toTicks(span.startSeconds) + shareShift;
        return [{ ...segment, fromTicks, toTicks: toTicks(span.endSeconds) + shareShift }];
      }),
    },
    voices: {
      shiftTicks: voiceShift,
      microphones: microphones.map(({ userId, files }) => ({
        userId,
        gainDb: gainsDb.get(userId) ?? 0,
        files: files.map(({ path, sizeBytes, fromMs, toMs }) => ({
          path,
          sizeBytes,
          fromTicks: Math.floor(fromMs * SAMPLES_PER_MS) + voiceShift,
          toTicks: Math.ceil(toMs * SAMPLES_PER_MS) + voiceShift,
        })),
      })),
    },
  };
}

const toTicks = (seconds: number) => Math.round(seconds * OPUS_RATE);

/** In a layout, chunks have names like these instead of paths. */
const CHUNK_NAME = /^mix\/(\d+)$/;

export function chunkName(chunk: number): string {
  return `mix/${chunk}`;
}

/** Returns the number of a chunk by its name in a layout; null for what is no chunk. */
export function chunkOfName(name: string): number | null {
  const [, chunk] = CHUNK_NAME.exec(name) ?? [];
  return chunk === undefined ? null : Number(chunk);
}

/** Returns how many chunks a mix has. */
export function chunkCount({ packetCount }: MixRecipe): number {
  return Math.ceil(packetCount / MIX_CHUNK_PACKETS);
}

/** Returns the packets of a chunk. */
export function chunkPackets({ packetCount }: MixRecipe, chunk: number): { first: number; count: number } {
  const first = chunk * MIX_CHUNK_PACKETS;
  return { first, count: Math.min(MIX_CHUNK_PACKETS, packetCount - first) };
}

/** Returns the part of a recipe that a chunk needs. */
export function recipeOfChunk(recipe: MixRecipe, chunk: number): MixRecipe {
  return recipeBetween(recipe, mixReach(chunkPackets(recipe, chunk)));
}

/** Returns the part of a recipe that has anything of a stretch of the mix, in ticks. */
export function recipeBetween(recipe: MixRecipe, reach: { from: number; to: number }): MixRecipe {
  const isNear = ({ fromTicks, toTicks: end }: Pick<RecipeFile, 'fromTicks' | 'toTicks'>) =>
    end > reach.from && fromTicks < reach.to;
  return {
    ...recipe,
    sections: recipe.sections.filter(isNear).map((section) => ({
      ...section,
      share: { ...section.share, segments: section.share.segments.filter(isNear) },
      voices: {
        ...section.voices,
        microphones: section.voices.microphones
          .map((microphone) => ({ ...microphone, files: microphone.files.filter(isNear) }))
          .filter(({ files }) => files.length > 0),
      },
    })),
  };
}

/** Returns the recipe with other paths. */
export function withPaths(recipe: MixRecipe, rename: (path: string) => string): MixRecipe {
  return {
    ...recipe,
    sections: recipe.sections.map((section) => ({
      ...section,
      share: {
        ...section.share,
        segments: section.share.segments.map((segment) => ({
          ...segment,
          path: rename(segment.path),
          initPath: rename(segment.initPath),
        })),
      },
      voices: {
        ...section.voices,
        microphones: section.voices.microphones.map((microphone) => ({
          ...microphone,
          files: microphone.files.map((file) => ({ ...file, path: rename(file.path) })),
        })),
      },
    })),
  };
}

/** Returns whose voices a recipe has. */
export function voicesOf({ sections }: MixRecipe): string[] {
  return [...new Set(sections.flatMap(({ voices }) => voices.microphones.map(({ userId }) => userId)))];
}
