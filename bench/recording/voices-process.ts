import { silentPacket, spokenPacket } from '@hindsight/recorder/testing/opus-beep';
import {
  SyntheticPublisher,
  type SyntheticPublisherOptions,
} from '@hindsight/recorder/testing/synthetic-publisher';

// This process has microphones and does nothing else, so that its load is not counted as the cost of recording.

export interface VoicesTask {
  livekit: SyntheticPublisherOptions['livekit'];
  speakers: readonly { room: string; identity: string }[];
}

export type VoicesMessage = { type: 'join'; task: VoicesTask } | { type: 'speak'; isSpeaking: boolean };

let isSpeaking = false;

async function join({ livekit, speakers }: VoicesTask): Promise<void> {
  const voice = (epochMs: number): Buffer | null =>
    isSpeaking ? spokenPacket(epochMs) : silentPacket(epochMs);
  for (const { room, identity } of speakers)
    await SyntheticPublisher.start({ livekit, room, identity, voice, name: 'microphone', comesBack: true });
}

process.on('message', (message: VoicesMessage) => {
  if (message.type === 'speak') {
    ({ isSpeaking } = message);
    return;
  }
  join(message.task).then(
    () => process.send?.('joined'),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.once('disconnect', () => process.exit());
