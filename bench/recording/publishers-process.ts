import {
  SyntheticPublisher,
  type SyntheticPublisherOptions,
} from '@hindsight/recorder/testing/synthetic-publisher';
import type { RecordingRequest } from '@hindsight/recorder/recorder.port';

// This process shares and does nothing else, so that its load is not counted as the cost of recording.

export type Share = Pick<RecordingRequest, 'room' | 'identity' | 'videoTrackSid' | 'audioTrackSid'>;

export interface PublishersTask {
  livekit: SyntheticPublisherOptions['livekit'];
  video?: SyntheticPublisherOptions['video'];
  /** Each share is in its own room. */
  shares: number;
}

async function share(task: PublishersTask): Promise<Share[]> {
  const shares: Share[] = [];
  for (let i = 0; i < task.shares; i++) {
    const who = { livekit: task.livekit, room: `room-${i}`, identity: `sharer-${i}`, name: 'screen' };
    // A busy machine may lose the connection; the recording waits until the publisher is back.
    const { room, identity, videoTrackSid, audioTrackSid } = await SyntheticPublisher.start({
      ...who,
      comesBack: true,
      ...(task.video === undefined ? {} : { video: task.video }),
    });
    shares.push({ room, identity, videoTrackSid, audioTrackSid });
  }
  return shares;
}

process.once('message', (task: PublishersTask) => {
  share(task).then(
    (shares) => process.send?.(shares),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
// The shares end with this process.
process.once('disconnect', () => process.exit());
