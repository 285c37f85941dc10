import type { Dispatch } from '@reduxjs/toolkit';
import type { LocalTrack, RemoteTrack, Room } from 'livekit-client';
import type { Quality } from '@hindsight/shared/replay/replay';
import { createRemoteSound } from './remote-sound.ts';
import { localShareOf, peopleOf } from './room-snapshot.ts';
import { audioPublishOptions, canSendH264, captureOptions, videoPublishOptions } from './screen-share.ts';
import { createShareStill } from './share-still.ts';
import { micProblem, shareObstacle, shareProblem, type VoiceProblem } from './voice-problem.ts';
import {
  deafened,
  joined,
  left,
  problemMet,
  reconnected,
  reconnecting,
  roomChanged,
  shareSettled,
  shareStarting,
  type LocalShare,
} from './voice.slice.ts';

type LiveKit = typeof import('livekit-client');

/** A person is heard by their voice, or by the sound of their share. */
export type SoundSource = 'voice' | 'share';

/**
 * This is the one owner of the LiveKit room. It tells the store what happens; components ask it for what a store can't
 * hold: playing a share and taking a still of it.
 */
export interface VoiceRoom {
  /** Loads what entering needs, as soon as somebody is about to enter. */
  prepare(): Promise<void>;
  /** Enters with the microphone off, so that nobody is asked for a microphone only to listen. */
  enter(target: { url: string; token: string }): Promise<void>;
  leave(): Promise<void>;
  setMicOn(isOn: boolean): Promise<void>;
  setDeafened(isDeafened: boolean): void;
  /** Starts a share. It must be called while the browser still honours the person's click. */
  share(quality: Quality): Promise<void>;
  stopSharing(): Promise<void>;
  /**
   * Sets how loud a person is.
   * @param volume 0 to 1
   */
  setVolume(userId: string, source: SoundSource, volume: number): void;
  /** Plays a person's share in an element. Returns the function that ends that. */
  showShare(userId: string, element: HTMLVideoElement): () => void;
  /** Takes a still of the caller's own share at this moment, as a data URL. */
  takeStill(): string | null;
  /** Starts sound that the browser held back; call it from a click. */
  unblockSound(): Promise<void>;
}

export function createVoiceRoom({
  dispatch,
  loadLiveKit = () => import('livekit-client'),
}: {
  dispatch: Dispatch;
  loadLiveKit?: () => Promise<LiveKit>;
}): VoiceRoom {
  const sound = createRemoteSound();
  const still = createShareStill();
  let room: Room | null = null;
  let livekit: LiveKit | null = null;
  let share: Pick<LocalShare, 'quality'> | null = null;
  let isReportDue = false;

  /** Reports soon, and only once for everything that happens in one go. */
  function reportSoon(): void {
    if (isReportDue) return;
    isReportDue = true;
    queueMicrotask(() => {
      isReportDue = false;
      if (room !== null) report(room);
    });
  }

  function report(current: Room): void {
    const people = peopleOf(current);
    const isSoundBlocked = !current.canPlaybackAudio;
    // While the room reconnects, the share is unpublished and published again, and nobody should react to that.
    const isInBetween = current.state !== 'connected';
    const localShare = share === null ? null : localShareOf(current, share);
    if (isInBetween) dispatch(roomChanged({ people, isSoundBlocked }));
    else dispatch(roomChanged({ people, isSoundBlocked, localShare }));
  }

  /** Returns why the library left the room. When we leave, nobody asks. */
  function endOf(reason: number | undefined): VoiceProblem {
    const reasons = livekit?.DisconnectReason;
    switch (reason) {
      // The library leaves by itself when the page is frozen or about to be left.
      case reasons?.CLIENT_INITIATED:
        return 'PAGE_SUSPENDED';
      case reasons?.DUPLICATE_IDENTITY:
        return 'DUPLICATE';
      case reasons?.PARTICIPANT_REMOVED:
        return 'KICKED';
      case reasons?.ROOM_DELETED:
      case reasons?.ROOM_CLOSED:
        return 'CHANNEL_CLOSED';
      default:
        return 'CONNECTION_LOST';
    }
  }

  function cleanUp(): void {
    sound.clear();
    still.watch(null);
    share = null;
    room = null;
  }

  function wire(current: Room, { RoomEvent, Track }: LiveKit): void {
    const isSound = (track: RemoteTrack) => track.kind === Track.Kind.Audio;
    for (const event of [
      RoomEvent.ParticipantConnected,
      RoomEvent.ParticipantDisconnected,
      RoomEvent.ActiveSpeakersChanged,
      RoomEvent.ConnectionQualityChanged,
      RoomEvent.TrackPublished,
      RoomEvent.TrackUnpublished,
      RoomEvent.TrackSubscribed,
      RoomEvent.TrackUnsubscribed,
      RoomEvent.TrackMuted,
      RoomEvent.TrackUnmuted,
      RoomEvent.LocalTrackPublished,
      RoomEvent.ParticipantNameChanged,
      RoomEvent.AudioPlaybackStatusChanged,
    ])
      current.on(event, reportSoon);
    current
      .on(RoomEvent.TrackSubscribed, (track) => isSound(track) && sound.add(track))
      .on(RoomEvent.TrackUnsubscribed, (track) => isSound(track) && sound.remove(track))
      .on(RoomEvent.LocalTrackUnpublished, (publication) => {
        // The browser's own "Stop sharing" ends the picture; the sound must end with it.
        const isPicture = publication.source === Track.Source.ScreenShare;
        if (isPicture && share !== null && current.state === 'connected') void stopSharing();
        reportSoon();
      })
      .on(RoomEvent.SignalReconnecting, () => dispatch(reconnecting()))
      .on(RoomEvent.Reconnecting, () => dispatch(reconnecting()))
      .on(RoomEvent.Reconnected, () => {
        dispatch(reconnected());
        reportSoon();
      })
      .on(RoomEvent.Disconnected, (reason) => {
        if (room !== current) return;
        cleanUp();
        dispatch(left(endOf(reason)));
      });
  }

  async function leave(): Promise<void> {
    const current = room;
    cleanUp();
    dispatch(left(null));
    await current?.disconnect();
  }

  async function stopSharing(): Promise<void> {
    share = null;
    still.watch(null);
    const participant = room?.localParticipant;
    const tracks = [...(participant?.trackPublications.values() ?? [])]
      .filter(({ source }) => source === 'screen_share' || source === 'screen_share_audio')
      .flatMap(({ track }) => (track === undefined ? [] : [track]));
    await participant?.unpublishTracks(tracks);
    reportSoon();
  }

  async function publishShare(current: Room, tracks: LocalTrack[], quality: Quality): Promise<void> {
    const isH264Available = canSendH264();
    // The name stays the same when the tracks are published again after a lost connection, so that the recorder
    // recognizes the share.
    const name = `screen-${crypto.randomUUID()}`;
    for (const track of tracks) {
      const isVideo = track.kind === 'video';
      if (isVideo) still.watch(track.mediaStreamTrack);
      await current.localParticipant.publishTrack(track, {
        ...(isVideo ? videoPublishOptions(quality, isH264Available) : audioPublishOptions()),
        name,
      });
    }
    // A recording starts with picture and sound, so the share counts only when both are published.
    share = { quality };
  }

  async function prepare(): Promise<LiveKit> {
    livekit ??= await loadLiveKit();
    return livekit;
  }

  return {
    async prepare() {
      // Entering loads it again, and reports when that fails.
      await prepare().catch(() => undefined);
    },
    async enter({ url, token }) {
      const { Room } = await prepare();
      const current = new Room({
        adaptiveStream: true,
        dynacast: false,
        disconnectOnPageLeave: true,
      });
      const previous = room;
      room = current;
      await previous?.disconnect();
      wire(current, await prepare());
      try {
        await current.connect(url, token);
      } catch (error) {
        // The person left, or joined another channel, while it connected: nobody waits for this room any more.
        if (room !== current) return;
        cleanUp();
        throw error;
      }
      if (room !== current) {
        await current.disconnect();
        return;
      }
      dispatch(joined());
      report(current);
    },
    leave,
    async setMicOn(isOn) {
      try {
        await room?.localParticipant.setMicrophoneEnabled(isOn);
      } catch (error) {
        dispatch(problemMet(micProblem(error, window.isSecureContext)));
      }
      reportSoon();
    },
    setDeafened(isDeafened) {
      sound.setMuted(isDeafened);
      dispatch(deafened(isDeafened));
    },
    async share(quality) {
      const current = room;
      if (current === null) return;
      const obstacle = shareObstacle({
        isSecureContext: window.isSecureContext,
        // The property is missing in browsers without the feature, whatever the DOM types say.
        hasDisplayMedia: 'getDisplayMedia' in (navigator.mediaDevices ?? {}),
      });
      if (obstacle !== null) {
        dispatch(problemMet(obstacle));
        return;
      }
      dispatch(shareStarting());
      let tracks: LocalTrack[] = [];
      try {
        tracks = await current.localParticipant.createScreenTracks(captureOptions(quality));
        await publishShare(current, tracks, quality);
      } catch (error) {
        for (const track of tracks) track.stop();
        await stopSharing();
        dispatch(problemMet(shareProblem(error)));
      } finally {
        dispatch(shareSettled());
        reportSoon();
      }
    },
    stopSharing,
    setVolume(userId, source, volume) {
      if (livekit === null) return;
      const { ScreenShareAudio, Microphone } = livekit.Track.Source;
      room?.remoteParticipants
        .get(userId)
        ?.setVolume(volume, source === 'share' ? ScreenShareAudio : Microphone);
    },
    showShare(userId, element) {
      const participant = room?.getParticipantByIdentity(userId);
      const shared = livekit?.Track.Source.ScreenShare;
      const track = shared && participant?.getTrackPublication(shared)?.videoTrack;
      if (!track) return () => undefined;
      track.attach(element);
      return () => void track.detach(element);
    },
    takeStill: () => still.take(),
    async unblockSound() {
      await room?.startAudio();
      reportSoon();
    },
  };
}
