import { SECOND } from '@hindsight/shared/units';
import type { CaptureStage, Capturer } from '../../../testing/capture-stage.ts';
import { keepVoice } from './kept-voice.ts';
import { tonePackets } from './tones.ts';

/** Records a share that has ended a second ago, with its sharer's voice, which is a tone. Returns when it began, in epoch ms. */
export async function recordSpeaker(
  stage: CaptureStage,
  capturer: Capturer,
  { hertz, seconds }: { hertz: number; seconds: number },
): Promise<number> {
  await stage.db.role.updateMany({
    where: { communityId: capturer.communityId },
    data: { actions: ['CAPTURE_REPLAY', 'CONNECT'] },
  });
  const durationMs = seconds * SECOND;
  // The share beeps at whole seconds. What a codec makes of a beep is the same in each run when it begins half a second before one.
  const startMs = Math.floor(Date.now() / SECOND) * SECOND - SECOND / 2 - durationMs;
  const { dir } = await stage.record(capturer, { startMs, durationMs });
  await keepVoice(dir, capturer.user.id, { fromMs: startMs, packets: tonePackets({ hertz, seconds }) });
  return startMs;
}
