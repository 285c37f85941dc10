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
  /** So many shares are each in a room of their own, or these people share in these rooms. */
  shares: number | readonly Sharer[];
}

export type Sharer = Pick<Share, 'room' | 'identity'>;

async function share(task: PublishersTask): Promise<Share[]> {
  const shares: Share[] = [];
  for (const sharer of sharersOf(task)) {
    const who = { livekit: task.livekit, ...sharer, name: 'screen' };
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

function sharersOf({ shares }: PublishersTask): readonly Sharer[] {
  if (typeof shares !== 'number') return shares;
  return Array.from({ length: shares }, (_, i) => ({ room: `room-${i}`, identity: `sharer-${i}` }));
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
