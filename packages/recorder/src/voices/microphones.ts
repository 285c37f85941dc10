import { Encryption_Type, ParticipantInfo_State, TrackSource, type ParticipantInfo } from '@livekit/protocol';

export interface Microphone {
  participantSid: string;
  trackSid: string;
  isMuted: boolean;
}

interface Participant {
  sid: string;
  microphones: Microphone[];
}

/** Knows the microphones in a room, from LiveKit's lists of participants. Those that are end-to-end encrypted don't count. */
export class Microphones {
  private readonly participants = new Map<string, Participant>();

  /** Takes the participants that have changed or, with `isComplete`, all there are. */
  see(participants: readonly ParticipantInfo[], isComplete: boolean): void {
    if (isComplete) this.participants.clear();
    for (const { identity, sid, state, tracks } of participants) {
      if (state !== ParticipantInfo_State.DISCONNECTED) {
        const microphones = tracks
          .filter(
            ({ source, encryption }) =>
              source === TrackSource.MICROPHONE && encryption === Encryption_Type.NONE,
          )
          .map((track) => ({ participantSid: sid, trackSid: track.sid, isMuted: track.muted }));
        this.participants.set(identity, { sid, microphones });
      } else if (this.participants.get(identity)?.sid === sid) {
        // The same person may have joined again before LiveKit tells that the earlier connection is over.
        this.participants.delete(identity);
      }
    }
  }

  of(identity: string): readonly Microphone[] {
    return this.participants.get(identity)?.microphones ?? [];
  }

  /** Returns who has this SID; undefined when nobody in the room does. */
  identityOf(participantSid: string): string | undefined {
    for (const [identity, { sid }] of this.participants) if (sid === participantSid) return identity;
    return undefined;
  }
}
