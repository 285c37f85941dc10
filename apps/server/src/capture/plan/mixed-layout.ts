import { readFileSync } from 'node:fs';
import { layOutClip, layOutMixedClip, type ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { readVoicePiece, SAMPLES_PER_MS } from '@hindsight/recorder/voices/voice-piece';
import { MIX_PACKET_BYTES } from '../mix/opus-codec.ts';
import type { GainsDb } from '../mix/gains.ts';
import {
  chunkName,
  MIX_CHUNK_PACKETS,
  mixRecipe,
  type Microphone,
  type MixInputs,
  type MixRecipe,
} from '../mix/mix-recipe.ts';
import type { RunPlan } from './clip-plan.ts';
import type { Run } from './selection.ts';

/** A microphone was kept beside a recording. */
export interface KeptMicrophone extends Microphone {
  sessionId: string;
}

/** A clip layout; if voices are heard in it, it has mixed sound, and the recipe of that. */
export interface PlannedLayout extends ClipLayout {
  recipe: MixRecipe | null;
}

/** What a clip's sound is made of beside the share. */
export interface MixChoice {
  microphones: readonly KeptMicrophone[];
  gainsDb: GainsDb;
}

/**
 * Lays a clip out. Where nobody is heard but the share, at the level at which it was sent, its sound is that of the share, packet by
 * packet.
 * @throws RangeError when a run can't be decoded from its start on, and the file system's errors
 */
export function layOutWithVoices(
  runs: readonly RunPlan[],
  recordedAtMs: number,
  { microphones, gainsDb }: MixChoice,
): PlannedLayout {
  const inputs = runs.map((plan): MixInputs => ({
    segments: plan.run.pieces.flatMap(({ path, initPath, sizeBytes }, position) => {
      const index = plan.segments[position];
      return index === undefined || initPath === null ? [] : [{ path, initPath, sizeBytes, index }];
    }),
    mediaZeroMs: plan.zeroMs,
    microphones: microphones.filter(
      ({ sessionId, files }) => sessionId === plan.run.pieces[0]?.sessionId && isHeard(files, plan.run),
    ),
  }));
  const isShareChanged = (gainsDb.get(null) ?? 0) !== 0 && runs.some(({ hasAudio }) => hasAudio);
  if (!isShareChanged && inputs.every((input) => input.microphones.length === 0))
    return { ...layOutClip(runs, recordedAtMs), recipe: null };
  const { mixed, ...layout } = layOutMixedClip(runs, recordedAtMs, {
    packetBytes: MIX_PACKET_BYTES,
    packetsPerChunk: MIX_CHUNK_PACKETS,
    chunkPath: chunkName,
  });
  return { ...layout, recipe: mixRecipe(mixed, inputs, gainsDb) };
}

/** Says whether a microphone sent anything in a run. */
function isHeard(files: Microphone['files'], { fromMs, toMs }: Run): boolean {
  return files.some((file) => {
    if (file.fromMs >= toMs || file.toMs <= fromMs) return false;
    // A file begins with a packet; when that is before the run, the others have to be looked at.
    return file.fromMs >= fromMs || reaches(file, fromMs);
  });
}

function reaches({ path, sizeBytes }: Microphone['files'][number], timeMs: number): boolean {
  const last = readVoicePiece(readFileSync(path).subarray(0, sizeBytes))?.packets.at(-1);
  return last !== undefined && last.atSample + last.samples > timeMs * SAMPLES_PER_MS;
}
