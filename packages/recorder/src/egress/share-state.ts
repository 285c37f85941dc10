import type { RecordingRequest } from '../recorder.port.ts';
import { UnansweredError, type EgressService } from './egress-service.ts';

/** This is the state of a share; `unknown` means that LiveKit can't be asked. */
export type ShareState = 'on' | 'unpublished' | 'left' | 'unknown';

/** Asks LiveKit for the state of a share. */
export async function askShareState(
  service: Pick<EgressService, 'participant'>,
  { room, identity, videoTrackSid }: Pick<RecordingRequest, 'room' | 'identity' | 'videoTrackSid'>,
): Promise<ShareState> {
  try {
    const participant = await service.participant(room, identity);
    if (participant === null) return 'left';
    return participant.tracks.some(({ sid }) => sid === videoTrackSid) ? 'on' : 'unpublished';
  } catch (error) {
    if (error instanceof UnansweredError) return 'unknown';
    throw error;
  }
}
