import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { voicePiece } from '@hindsight/recorder/testing/voice-pieces';
import {
  SAMPLES_PER_MS,
  voicePieceName,
  VOICES_FOLDER,
  windowEndMs,
} from '@hindsight/recorder/voices/voice-piece';
import type { SourcePacket } from '../mix-packets.ts';

/**
 * Writes what a recorder keeps of a microphone.
 * @param sessionFolder the folder of the recording
 * @param fromMs the time at which the packets' own time is 0, in epoch ms
 */
export async function keepVoice(
  sessionFolder: string,
  userId: string,
  { fromMs, packets }: { fromMs: number; packets: readonly SourcePacket[] },
): Promise<void> {
  const folder = join(sessionFolder, VOICES_FOLDER, userId);
  await mkdir(folder, { recursive: true });
  const timed = packets.map(({ at, payload }) => ({
    atSample: fromMs * SAMPLES_PER_MS + at,
    level: null,
    payload: Buffer.from(payload),
  }));
  const pieces = Map.groupBy(timed, ({ atSample }) => windowEndMs(atSample / SAMPLES_PER_MS));
  for (const piece of pieces.values()) {
    const first = piece[0]?.atSample ?? 0;
    await writeFile(join(folder, voicePieceName(0, first / SAMPLES_PER_MS)), voicePiece(first, piece));
  }
}
