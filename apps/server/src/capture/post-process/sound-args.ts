import { AAC_PACKET_SAMPLES } from '@hindsight/mp4/layout/join-sound-pieces';
import { ONE_THREAD, type FfmpegCommand } from '../../ffmpeg/ffmpeg-command.ts';
import { SOUND_WITHOUT_GAPS } from '../../ffmpeg/filters.ts';
import { SOUND_ENCODER, SOUND_RATE } from '../../ffmpeg/sound-encoder.ts';

/** A stretch of sound that is encoded by itself, in packets of AAC. */
export interface SoundStretch {
  firstPacket: number;
  /** It ends with the sound when this is null. */
  packets: number | null;
}

/** Neighbouring stretches have this many packets in common on either side, until their encoders agree. */
export const OVERLAP_PACKETS = 12;
/** Three packets are a whole number of microseconds, in which ffmpeg counts where it begins. */
const PACKETS_TOGETHER = 3;
/** Shorter stretches aren't worth a process each. */
const LEAST_SECONDS = 30;

/** Divides a sound among processes that work side by side. */
export function soundStretches(durationSeconds: number, processes: number): SoundStretch[] {
  const count = Math.max(1, Math.min(processes, Math.floor(durationSeconds / LEAST_SECONDS)));
  const each =
    Math.ceil((durationSeconds * SOUND_RATE) / AAC_PACKET_SAMPLES / count / PACKETS_TOGETHER) *
    PACKETS_TOGETHER;
  return Array.from({ length: count }, (_, index) => {
    const firstPacket = index === 0 ? 0 : index * each - OVERLAP_PACKETS;
    const end = index === count - 1 ? null : (index + 1) * each + OVERLAP_PACKETS;
    return { firstPacket, packets: end === null ? null : end - firstPacket };
  });
}

/**
 * Encodes only the sound of a clip, or a stretch of it, as AAC, which Safari, QuickTime and messengers play too. Gaps in it are filled,
 * because what follows would come early otherwise. `silentSeconds` of silence are put before it.
 */
export function soundCommand(
  inputPath: string,
  {
    silentSeconds,
    stretch = { firstPacket: 0, packets: null },
    outputPath,
  }: { silentSeconds: number; stretch?: SoundStretch; outputPath: string },
): FfmpegCommand {
  const { firstPacket, packets } = stretch;
  const filters = [
    SOUND_WITHOUT_GAPS,
    `adelay=delays=${Math.round(silentSeconds * SOUND_RATE)}S:all=1`,
    ...(packets === null ? [] : [`atrim=end_sample=${packets * AAC_PACKET_SAMPLES}`]),
  ];
  const seconds = (count: number) => ((count * AAC_PACKET_SAMPLES) / SOUND_RATE).toFixed(6);
  return {
    inputs: [
      {
        path: inputPath,
        options: [...ONE_THREAD, ...(firstPacket === 0 ? [] : ['-ss', seconds(firstPacket)])],
      },
    ],
    outputs: [
      {
        path: outputPath,
        options: [
          ...['-map', '0:a:0', '-map_metadata', '-1', '-af', filters.join(',')],
          ...SOUND_ENCODER,
          ...['-f', 'mp4'],
        ],
      },
    ],
  };
}
