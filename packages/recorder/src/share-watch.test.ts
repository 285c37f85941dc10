import {
  DisconnectReason,
  Encryption_Type,
  ParticipantInfo,
  ParticipantInfo_State,
  TrackInfo,
  TrackType,
} from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import { readShare } from './share-watch.ts';

const WANTED = { identity: 'alice', videoTrackSid: 'TR_V', audioTrackSid: 'TR_A' };
const VIDEO = { sid: 'TR_V', type: TrackType.VIDEO, mimeType: 'video/H264' };
const AUDIO = { sid: 'TR_A', type: TrackType.AUDIO, mimeType: 'audio/opus' };

const alice = (
  tracks: Partial<TrackInfo>[],
  rest: { state?: ParticipantInfo_State; disconnectReason?: DisconnectReason } = {},
) =>
  new ParticipantInfo({
    sid: 'PA_1',
    identity: 'alice',
    state: ParticipantInfo_State.ACTIVE,
    tracks: tracks.map((track) => new TrackInfo(track)),
    ...rest,
  });

describe('readShare', () => {
  it.each([
    ['the share with its sound', alice([VIDEO, AUDIO]), { isMuted: false, hasAudio: true }],
    ['a muted share', alice([{ ...VIDEO, muted: true }, AUDIO]), { isMuted: true, hasAudio: true }],
    ['a share whose sound is gone', alice([VIDEO]), { isMuted: false, hasAudio: false }],
    ['a video track given as the sound', alice([VIDEO, { ...VIDEO, sid: 'TR_A' }]), { hasAudio: false }],
  ])('finds %s', (_, participant, expected) => {
    expect(readShare([new ParticipantInfo({ identity: 'bob' }), participant], WANTED)).toMatchObject({
      kind: 'shared',
      participantSid: 'PA_1',
      refusal: undefined,
      ...expected,
    });
  });

  it.each([
    ['H265', { ...VIDEO, mimeType: 'video/H265' }, /H265/],
    ['an encrypted share', { ...VIDEO, encryption: Encryption_Type.GCM }, /encrypted/],
  ])('says why it can not record %s', (_, video, text) => {
    expect(readShare([alice([video])], WANTED)).toMatchObject({ refusal: expect.stringMatching(text) });
  });

  it.each([
    ['the video track is unpublished', alice([AUDIO]), 'share-ended'],
    ['the SID is that of an audio track', alice([{ ...AUDIO, sid: 'TR_V' }]), 'share-ended'],
    ...[
      [DisconnectReason.CLIENT_INITIATED, 'participant-left'],
      [DisconnectReason.PARTICIPANT_REMOVED, 'participant-left'],
      [DisconnectReason.SIGNAL_CLOSE, 'connection-lost'],
      [DisconnectReason.CONNECTION_TIMEOUT, 'connection-lost'],
    ].map(([reason, expected]) => [
      `the publisher disconnects (${reason})`,
      alice([VIDEO], {
        state: ParticipantInfo_State.DISCONNECTED,
        disconnectReason: Number(reason),
      }),
      expected,
    ]),
  ])('ends when %s', (_, participant, reason) => {
    expect(readShare([participant as ParticipantInfo], WANTED)).toEqual({ kind: 'ended', reason });
  });

  it('says nothing about a sharer who is not in the list', () => {
    expect(readShare([new ParticipantInfo({ identity: 'bob' })], WANTED)).toEqual({ kind: 'absent' });
  });
});
