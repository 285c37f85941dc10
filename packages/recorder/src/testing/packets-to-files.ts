import { LossMeter } from '../rtp/loss-meter.ts';
import { MediaIntake } from '../rtp/media-intake.ts';
import type { Picture } from '../codecs/picture.ts';
import { SegmentWriter, type SegmentWriterOptions } from '../segments/segment-writer.ts';

interface PacketsToFilesOptions
  extends
    Pick<SegmentWriterOptions, 'destination' | 'segmentMs'>,
    Partial<Pick<SegmentWriterOptions, 'requestKeyframe' | 'onSegment'>> {
  /** The time of the test, in epoch ms. */
  nowMs: () => number;
  onPicture?: (picture: Picture) => void;
}

/** Builds a recording without its connection: packets go into `intake`, and files come from `writer`. */
export function packetsToFiles({
  nowMs,
  onPicture,
  requestKeyframe = () => undefined,
  onSegment = () => undefined,
  ...place
}: PacketsToFilesOptions): { intake: MediaIntake; writer: SegmentWriter } {
  const writer = new SegmentWriter({
    ...{ ...place, hasAudio: true, requestKeyframe, onSegment },
    onStarted: () => undefined,
  });
  const intake = new MediaIntake({
    hasAudio: true,
    onPicture: (picture, wallMs) => {
      onPicture?.(picture);
      writer.addPicture(picture, wallMs, nowMs());
    },
    onSound: (packet, wallMs) => writer.addSound(packet, wallMs, nowMs()),
    onAlive: () => undefined,
    onDamage: () => undefined,
    requestRetransmission: () => undefined,
    counts: new LossMeter().packets,
  });
  return { intake, writer };
}
