import type { Dispatch } from '@reduxjs/toolkit';
import type { LocalTrack, RemoteTrack, Room } from 'livekit-client';
import type { Quality } from '@hindsight/shared/replay/replay';
import { createRemoteSound } from './remote-sound.ts';
import { localShareOf, peopleOf } from './room-snapshot.ts';
import { audioPublishOptions, canSendH264, captureOptions, videoPublishOptions } from './screen-share.ts';
import { createShareStill, type PictureSize } from './share-still.ts';
import { COMES_BACK_WITHIN_MS, rejoin, type RejoinTry } from './rejoin.ts';
import { watchSleep } from './sleep-watch.ts';
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

/** What is needed to enter a room. */
export interface RoomGrant {
  url: string;
  token: string;
}

/** What came of asking for entry again: `elsewhere` means that this account seems to be in the channel already. */
export type GrantAnswer = RoomGrant | 'elsewhere' | 'unreachable' | 'refused';

/** A person is heard by their voice, or by the sound of their share. */
export type SoundSource = 'voice' | 'share';

/**
 * This is the one owner of the LiveKit room. It tells the store what happens; components ask it for what a store can't
 * hold: playing a share and taking a still of it.
 */
export interface VoiceRoom {
  /** Loads what entering needs, as soon as somebody is about to enter. */
  prepare(): Promise<void>;
  /**
   * Enters with the microphone off, so that nobody is asked for a microphone only to listen. When the connection is lost later, it
   * enters again by itself, with the share and the microphone as they were.
   * @param askAgain asks for entry again; it must answer within seconds, and must not reject
   */
  enter(grant: RoomGrant, askAgain: () => Promise<GrantAnswer>): Promise<void>;
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

/** A picture that isn't larger than this is none. */
const NO_PICTURE_SIDE = 16;

/** This is what is captured for a share, and how it is published. */
interface HeldShare extends Pick<LocalShare, 'quality' | 'isPictureMissing'> {
  tracks: LocalTrack[];
  /** It stays the same when the tracks are published again, so that the recorder recognizes the share. */
  name: string;
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
  let share: HeldShare | null = null;
  /** Entry to the channel is asked for again with this. */
  let askAgain: () => Promise<GrantAnswer> = () => Promise.resolve('refused');
  /** Changes of the picture's size are dealt with one after the other. */
  let sizes: Promise<void> = Promise.resolve();
  let isMicWanted = false;
  let microphone: LocalTrack | null = null;
  /** It is there while the room is entered again after a loss. */
  let comingBack: AbortController | null = null;
  /** The picture is unpublished only to be published again. */
  let isRepublishing = false;
  let stopSleepWatch: () => void = () => undefined;
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
    const isInBetween = current.state !== 'connected' || comingBack !== null || isRepublishing;
    if (share === null) dispatch(roomChanged({ people, isSoundBlocked, localShare: null }));
    else if (isInBetween) dispatch(roomChanged({ people, isSoundBlocked }));
    else dispatch(roomChanged({ people, isSoundBlocked, localShare: localShareOf(current, share) }));
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
    comingBack?.abort();
    comingBack = null;
    stopSleepWatch();
    sound.clear();
    dropShare();
    microphone?.stop();
    microphone = null;
    isMicWanted = false;
    room = null;
  }

  /** Ends the capture of what was shared, so that the browser doesn't go on saying that it is. */
  function dropShare(): void {
    still.watch(null);
    for (const track of share?.tracks ?? []) track.stop();
    share = null;
  }

  /** Ends the stay by a problem. */
  function endStay(problem: VoiceProblem): void {
    const current = room;
    cleanUp();
    dispatch(left(problem));
    void current?.disconnect();
  }

  /** Enters the channel again after the library gave up, and goes on with what was shared. */
  async function comeBack(lostAt: number): Promise<void> {
    const coming = new AbortController();
    comingBack = coming;
    dispatch(reconnecting());
    sound.clear();
    // Nothing hears it now, and the browser would go on showing that it is used.
    microphone?.stop();
    microphone = null;
    const result = await rejoin({
      attempt: () => tryAgain(coming.signal),
      lostAt,
      signal: coming.signal,
      nudge(tryNow) {
        window.addEventListener('online', tryNow);
        return () => window.removeEventListener('online', tryNow);
      },
    });
    if (result === 'cancelled') return;
    if (result === 'joined') {
      comingBack = null;
      dispatch(joined());
      reportSoon();
      if (isMicWanted) await setMicOn(true);
    } else if (result === 'too-late') endStay('CONNECTION_LOST');
    else endStay(result === 'elsewhere' ? 'DUPLICATE' : 'KICKED');
  }

  async function tryAgain(signal: AbortSignal): Promise<RejoinTry> {
    const answer = await askAgain();
    if (typeof answer === 'string') return answer;
    const next = await makeRoom();
    try {
      if (signal.aborted) return 'unreachable';
      await next.connect(answer.url, answer.token);
      const held = share;
      if (
        held !== null &&
        held.tracks.some(({ mediaStreamTrack }) => mediaStreamTrack.readyState === 'ended')
      )
        dropShare();
      if (share !== null) await publishTracks(next, share);
      // It may have been stopped while it was published.
      if (held !== null && share !== held) await next.localParticipant.unpublishTracks(held.tracks);
      if (signal.aborted || next.state !== 'connected') throw new Error('the room is not wanted any more');
      room = next;
      return 'joined';
    } catch {
      await next.disconnect(false);
      return 'unreachable';
    }
  }

  async function makeRoom(): Promise<Room> {
    const lib = await prepare();
    const made = new lib.Room({
      adaptiveStream: true,
      dynacast: false,
      disconnectOnPageLeave: true,
      // What is shared outlives a lost connection, because only a click could capture it again.
      stopLocalTrackOnUnpublish: false,
    });
    wire(made, lib);
    return made;
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
      .on(RoomEvent.LocalTrackPublished, ({ source, track }) => {
        if (source === Track.Source.Microphone) microphone = track ?? null;
      })
      .on(RoomEvent.LocalTrackUnpublished, (publication) => {
        // The browser's own "Stop sharing" ends the picture; the sound must end with it.
        const isPicture = publication.source === Track.Source.ScreenShare;
        const isEnd = share !== null && current.state === 'connected' && !isRepublishing;
        if (isPicture && isEnd) void stopSharing();
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
        const problem = endOf(reason);
        if (problem === 'CONNECTION_LOST') void comeBack(Date.now());
        else endStay(problem);
      });
  }

  async function leave(): Promise<void> {
    const current = room;
    cleanUp();
    dispatch(left(null));
    await current?.disconnect();
  }

  async function stopSharing(): Promise<void> {
    dropShare();
    const participant = room?.localParticipant;
    const tracks = [...(participant?.trackPublications.values() ?? [])]
      .filter(({ source }) => source === 'screen_share' || source === 'screen_share_audio')
      .flatMap(({ track }) => (track === undefined ? [] : [track]));
    await participant?.unpublishTracks(tracks);
    reportSoon();
  }

  async function publishTracks(current: Room, { tracks, quality, name }: HeldShare): Promise<void> {
    const isH264Available = canSendH264();
    for (const track of tracks) {
      const isVideo = track.kind === 'video';
      await current.localParticipant.publishTrack(track, {
        ...(isVideo ? videoPublishOptions(quality, isH264Available) : audioPublishOptions()),
        name,
      });
    }
  }

  /**
   * Mutes the picture of a window that is minimised, which Chromium captures as one of 2x2 pixels: its last picture stays then. H.264 can't
   * be encoded so small, so Chromium changes to VP8 and stays with it, which nobody gets who was told H.264. Therefore the picture is
   * published anew once it is back.
   */
  async function notePictureSize(
    held: HeldShare,
    track: LocalTrack,
    { width, height }: PictureSize,
  ): Promise<void> {
    const isMissing = Math.max(width, height) <= NO_PICTURE_SIDE;
    const current = room;
    if (share !== held || current === null || held.isPictureMissing === isMissing) return;
    held.isPictureMissing = isMissing;
    if (isMissing) await track.mute();
    else if (current.state === 'connected') {
      isRepublishing = true;
      try {
        await current.localParticipant.unpublishTrack(track, false);
        await track.unmute();
        if (share === held) await publishTracks(current, { ...held, tracks: [track] });
      } finally {
        isRepublishing = false;
      }
    } else await track.unmute();
    reportSoon();
  }

  async function publishShare(current: Room, tracks: LocalTrack[], quality: Quality): Promise<void> {
    const name = `screen-${crypto.randomUUID()}`;
    const held: HeldShare = { tracks, quality, name, isPictureMissing: false };
    const noteSize = (track: LocalTrack, size: PictureSize) => {
      sizes = sizes.then(() => notePictureSize(held, track, size)).catch(() => undefined);
    };
    let unnoted: (() => void) | null = null;
    for (const track of tracks)
      if (track.kind === 'video')
        still.watch(track.mediaStreamTrack, (size) => {
          if (share === held) noteSize(track, size);
          else unnoted = () => noteSize(track, size);
        });
    await publishTracks(current, held);
    // A recording starts with picture and sound, so the share counts only when both are published.
    share = held;
    (unnoted as (() => void) | null)?.();
  }

  async function setMicOn(isOn: boolean): Promise<void> {
    isMicWanted = isOn;
    try {
      await room?.localParticipant.setMicrophoneEnabled(isOn);
    } catch (error) {
      dispatch(problemMet(micProblem(error, window.isSecureContext)));
    }
    reportSoon();
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
    async enter({ url, token }, ask) {
      const current = await makeRoom();
      const previous = room;
      room = current;
      await previous?.disconnect();
      askAgain = ask;
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
      stopSleepWatch = watchSleep({
        longerThanMs: COMES_BACK_WITHIN_MS,
        onWake: () => endStay('PAGE_SUSPENDED'),
      });
      dispatch(joined());
      report(current);
    },
    leave,
    setMicOn,
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
