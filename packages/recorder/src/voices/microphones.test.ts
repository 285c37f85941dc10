import {
  Encryption_Type,
  ParticipantInfo,
  ParticipantInfo_State,
  TrackInfo,
  TrackSource,
} from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import { Microphones } from './microphones.ts';

const track = (sid: string, more: Partial<TrackInfo> = {}): TrackInfo =>
  new TrackInfo({ sid, source: TrackSource.MICROPHONE, ...more });
const participant = (identity: string, sid: string, tracks: TrackInfo[], isGone = false): ParticipantInfo =>
  new ParticipantInfo({
    ...{ identity, sid, tracks },
    state: isGone ? ParticipantInfo_State.DISCONNECTED : ParticipantInfo_State.ACTIVE,
  });

/** Sees the participants one after the other, and returns the SIDs of somebody's microphones. */
function seen(...participants: ParticipantInfo[]): string[] {
  const microphones = new Microphones();
  for (const one of participants) microphones.see([one], false);
  return microphones.of('alice').map(({ trackSid }) => trackSid);
}

describe('Microphones', () => {
  it('are all that a participant publishes, and nothing else of theirs', () => {
    const tracks = [
      track('TR_1'),
      track('TR_2', { source: TrackSource.SCREEN_SHARE_AUDIO }),
      track('TR_3', { source: TrackSource.CAMERA }),
      track('TR_4', { source: TrackSource.UNKNOWN }),
      track('TR_5'),
    ];
    expect(seen(participant('alice', 'PA_1', tracks), participant('bob', 'PA_2', [track('TR_6')]))).toEqual([
      'TR_1',
      'TR_5',
    ]);
  });

  it('are not those that are end-to-end encrypted', () => {
    expect(seen(participant('alice', 'PA_1', [track('TR_1', { encryption: Encryption_Type.GCM })]))).toEqual(
      [],
    );
  });

  it('go with their participant, but not with an earlier connection of the same person', () => {
    const before = participant('alice', 'PA_1', [track('TR_1')]);
    const after = participant('alice', 'PA_2', [track('TR_2')]);
    expect(seen(before, participant('alice', 'PA_1', [], true))).toEqual([]);
    expect(seen(before, after, participant('alice', 'PA_1', [], true))).toEqual(['TR_2']);
  });

  it('are forgotten when the list is complete without them', () => {
    const microphones = new Microphones();
    microphones.see([participant('alice', 'PA_1', [track('TR_1', { muted: true })])], true);
    expect(microphones.of('alice')).toEqual([{ participantSid: 'PA_1', trackSid: 'TR_1', isMuted: true }]);
    expect(microphones.identityOf('PA_1')).toBe('alice');
    microphones.see([], true);
    expect(microphones.of('alice')).toEqual([]);
    expect(microphones.identityOf('PA_1')).toBeUndefined();
  });
});
