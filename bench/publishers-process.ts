import {
  SyntheticPublisher,
  type SyntheticPublisherOptions,
} from '@hindsight/recorder/testing/synthetic-publisher';
import type { RecordingRequest } from '@hindsight/recorder/recorder.port';

// A process that shares and does nothing else, so that what it uses is not taken for what recording costs.

export type Share = Pick<RecordingRequest, 'room' | 'identity' | 'videoTrackSid' | 'audioTrackSid'>;

export interface PublishersTask {
  livekit: SyntheticPublisherOptions['livekit'];
  video?: SyntheticPublisherOptions['video'];
  /** Each in a room of its own. */
  shares: number;
}

async function share(task: PublishersTask): Promise<Share[]> {
  const shares: Share[] = [];
  for (let i = 0; i < task.shares; i++) {
    const who = { livekit: task.livekit, room: `room-${i}`, identity: `sharer-${i}`, name: 'screen' };
    // A machine that is busy with something else loses them, and the recording waits for them.
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
// Its shares end with it.
process.once('disconnect', () => process.exit());
