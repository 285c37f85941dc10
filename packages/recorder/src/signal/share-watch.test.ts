import {
  DisconnectReason,
  Encryption_Type,
  ParticipantInfo,
  ParticipantInfo_State,
  TrackInfo,
  TrackSource,
  TrackType,
} from '@livekit/protocol';
import { describe, expect, it } from 'vitest';
import { ShareWatch } from './share-watch.ts';

const VIDEO = {
  sid: 'TR_V',
  type: TrackType.VIDEO,
  mimeType: 'video/H264',
  source: TrackSource.SCREEN_SHARE,
};
const AUDIO = {
  sid: 'TR_A',
  type: TrackType.AUDIO,
  mimeType: 'audio/opus',
  source: TrackSource.SCREEN_SHARE_AUDIO,
};
const NOW = 1_000_000;
const RETURN_MS = 20_000;

interface Rest {
  sid?: string;
  state?: ParticipantInfo_State;
  disconnectReason?: DisconnectReason;
}

const alice = (tracks: Partial<TrackInfo>[], rest: Rest = {}) =>
  new ParticipantInfo({
    sid: 'PA_1',
    identity: 'alice',
    state: ParticipantInfo_State.ACTIVE,
    tracks: tracks.map((track) => new TrackInfo(track)),
    ...rest,
  });
const left = (disconnectReason: DisconnectReason, sid = 'PA_1') =>
  alice([VIDEO, AUDIO], { sid, state: ParticipantInfo_State.DISCONNECTED, disconnectReason });

function watch(tracks: { videoTrackSid?: string; audioTrackSid?: string } = { audioTrackSid: 'TR_A' }) {
  return new ShareWatch({ identity: 'alice', videoTrackSid: 'TR_V', returnMs: RETURN_MS, ...tracks });
}

/** Builds a watch that has seen its share, published under a name. */
function watching(name = '') {
  const share = watch();
  share.see([alice([VIDEO, AUDIO].map((track) => ({ ...track, name })))], NOW);
  return share;
}

const ended = (reason: string) => ({ kind: 'ended', reason });
const shared = (share: object) => ({ kind: 'shared', share: expect.objectContaining(share) });

describe('ShareWatch', () => {
  it.each([
    ['the share with its sound', alice([VIDEO, AUDIO]), { isMuted: false, audioTrackSid: 'TR_A' }],
    ['a muted share', alice([{ ...VIDEO, muted: true }, AUDIO]), { isMuted: true, audioTrackSid: 'TR_A' }],
  ])('finds %s', (_, participant, expected) => {
    expect(watch().see([new ParticipantInfo({ identity: 'bob' }), participant], NOW)).toEqual(
      shared({ participantSid: 'PA_1', videoTrackSid: 'TR_V', refusal: undefined, ...expected }),
    );
  });

  it.each([
    ['a share whose sound is gone', [VIDEO], 'TR_A'],
    ['a video track given as the sound', [VIDEO, { ...VIDEO, sid: 'TR_A' }], 'TR_A'],
    ['a share whose sound has another SID', [VIDEO, AUDIO], 'TR_other'],
  ])('finds no sound in %s', (_, tracks, audioTrackSid) => {
    const state = watch({ audioTrackSid }).see([alice(tracks)], NOW);
    expect(state.kind === 'shared' && state.share.audioTrackSid).toBeUndefined();
  });

  it.each([
    ['an unknown codec', { ...VIDEO, mimeType: 'video/H266' }, /H266/],
    ['an encrypted share', { ...VIDEO, encryption: Encryption_Type.GCM }, /encrypted/],
  ])('says why it can not record %s', (_, video, text) => {
    expect(watch().see([alice([video, AUDIO])], NOW)).toEqual(
      shared({ refusal: expect.stringMatching(text) }),
    );
  });

  it.each([
    ['the video track is not there', alice([AUDIO]), 'share-ended'],
    ['the SID is that of an audio track', alice([{ ...AUDIO, sid: 'TR_V' }]), 'share-ended'],
    ['its sharer leaves', left(DisconnectReason.CLIENT_INITIATED), 'participant-left'],
    ['its sharer is removed', left(DisconnectReason.PARTICIPANT_REMOVED), 'participant-left'],
  ])('ends at once when %s', (_, participant, reason) => {
    expect(watch().see([participant], NOW)).toEqual(ended(reason));
  });

  it('reports nothing about a sharer who is not in the list', () => {
    expect(watching().see([new ParticipantInfo({ identity: 'bob' })], NOW)).toEqual({ kind: 'absent' });
  });

  it('ends when somebody stops sharing, also if they start another share right away', () => {
    expect(watching().see([alice([])], NOW)).toEqual(ended('share-ended'));
    expect(watching().see([alice([{ ...VIDEO, sid: 'TR_V2' }])], NOW)).toEqual(ended('share-ended'));
    const named = watching('one');
    expect(named.see([alice([{ ...VIDEO, sid: 'TR_V2', name: 'two' }])], NOW)).toEqual({ kind: 'absent' });
    expect(named.check(NOW + 999)).toEqual({ kind: 'absent' });
    expect(named.check(NOW + 1000)).toEqual(ended('share-ended'));
  });

  it('follows a named share that is published anew while its sharer stays', () => {
    const share = watching('one');
    expect(share.see([alice([{ ...AUDIO, name: 'one' }])], NOW)).toEqual({ kind: 'absent' });
    const tracks = [VIDEO, AUDIO].map((track) => ({ ...track, sid: `${track.sid}2`, name: 'one' }));
    expect(share.see([alice(tracks)], NOW + 300)).toEqual(
      shared({ videoTrackSid: 'TR_V2', audioTrackSid: 'TR_A2' }),
    );
    expect(share.check(NOW + 5000)).toEqual({ kind: 'absent' });
  });

  describe.each([DisconnectReason.SIGNAL_CLOSE, DisconnectReason.CONNECTION_TIMEOUT])(
    'when its sharer is lost (%s)',
    (reason) => {
      it('waits for them, but not for ever', () => {
        const share = watching();
        expect(share.see([left(reason)], NOW)).toEqual({ kind: 'absent' });
        expect(share.check(NOW + RETURN_MS - 1)).toEqual({ kind: 'absent' });
        expect(share.check(NOW + RETURN_MS)).toEqual(ended('connection-lost'));
      });

      it('goes on with the share that they come back with', () => {
        const share = watching();
        share.see([left(reason)], NOW);
        expect(share.see([alice([], { sid: 'PA_2' })], NOW + 5000)).toEqual({ kind: 'absent' });
        const tracks = [VIDEO, AUDIO].map((track) => ({ ...track, sid: `${track.sid}2` }));
        expect(share.see([alice(tracks, { sid: 'PA_2' })], NOW + 5500)).toEqual(
          shared({ participantSid: 'PA_2', videoTrackSid: 'TR_V2', audioTrackSid: 'TR_A2' }),
        );
        expect(share.check(NOW + 2 * RETURN_MS)).toEqual({ kind: 'absent' });
        // LiveKit may report this late.
        expect(share.see([left(DisconnectReason.CLIENT_INITIATED)], NOW + 6000)).toEqual({ kind: 'absent' });
      });
    },
  );

  it('goes on when the new connection is seen before the old one is gone', () => {
    const share = watching();
    expect(share.see([alice([], { sid: 'PA_2' })], NOW)).toEqual({ kind: 'absent' });
    expect(share.see([left(DisconnectReason.DUPLICATE_IDENTITY)], NOW)).toEqual({ kind: 'absent' });
    const moved = alice([{ ...VIDEO, sid: 'TR_V2' }], { sid: 'PA_2' });
    expect(share.see([moved], NOW + 100)).toEqual(shared({ videoTrackSid: 'TR_V2' }));
  });

  it.each([
    ['a camera', { ...VIDEO, sid: 'TR_V2', source: TrackSource.CAMERA }],
    ['a share of another name', { ...VIDEO, sid: 'TR_V2', name: 'two' }],
  ])('does not take %s for the share of somebody who reconnects', (_, track) => {
    const share = watching('one');
    expect(share.see([alice([track], { sid: 'PA_2' })], NOW)).toEqual({ kind: 'absent' });
    expect(share.check(NOW + RETURN_MS)).toEqual(ended('connection-lost'));
  });

  it('waits for a sharer who is not there after the server was restarted', () => {
    const share = watching();
    expect(share.see([], NOW, true)).toEqual({ kind: 'absent' });
    expect(share.check(NOW + RETURN_MS)).toEqual(ended('connection-lost'));
  });

  it('follows the sound as it comes and goes', () => {
    const share = watch({});
    expect(share.see([alice([VIDEO])], NOW)).toEqual(shared({ videoTrackSid: 'TR_V' }));
    expect(share.see([alice([VIDEO, AUDIO])], NOW)).toEqual(shared({ audioTrackSid: 'TR_A' }));
    const without = share.see([alice([VIDEO])], NOW);
    expect(without.kind === 'shared' && without.share.audioTrackSid).toBeUndefined();
    expect(share.see([alice([VIDEO, { ...AUDIO, sid: 'TR_A2' }])], NOW)).toEqual(
      shared({ audioTrackSid: 'TR_A2' }),
    );
  });

  it('never records sound that was there from the beginning but was not requested', () => {
    const share = watch({});
    for (const sid of ['PA_1', 'PA_2']) {
      const state = share.see([alice([VIDEO, AUDIO], { sid })], NOW);
      expect(state.kind === 'shared' && state.share.audioTrackSid).toBeUndefined();
    }
  });
});
