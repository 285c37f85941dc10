import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AddTrackRequest, TrackSource, TrackType } from '@livekit/protocol';
import { AccessToken } from 'livekit-server-sdk';
import {
  MediaStreamTrack,
  RTCPeerConnection,
  RtcpSenderInfo,
  RtcpSrPacket,
  RtpHeader,
  RtpPacket,
  useAudioLevelIndication,
  useH264,
  useNACK,
  useOPUS,
  usePLI,
  type RTCRtpSender,
} from 'werift';
import { H264Picture } from './h264-picture.ts';
import { packetizeH264 } from './h264-packetizer.ts';
import { BEEP_PACKET_MS, beepPacket } from './opus-beep.ts';
import { PublisherSignal } from './publisher-signal.ts';

export interface SyntheticPublisherOptions {
  livekit: { url: string; apiKey: string; apiSecret: string };
  room: string;
  identity: string;
  /** The video is 1280x720 at 15 pictures a second by default, which takes about 2 Mbit/s. */
  video?: Partial<{ width: number; height: number; framesPerSecond: number }>;
  hasAudio?: boolean;
  /**
   * A microphone that sends what this returns for each 20 ms, nothing where it returns null. With one, no screen is shared unless
   * `hasVideo` says so.
   */
  voice?: (epochMs: number) => Buffer | null;
  hasVideo?: boolean;
  /** How far below full scale its voice is, in dB; it says so with each packet (RFC 6464). Without this it says nothing. */
  voiceLevelDb?: () => number;
  /** The name of both tracks, which stays the same when they are published anew. */
  name?: string;
  /** How far the report clock is ahead of the true time, by the true time; right by default. */
  clockErrorMs?: (epochMs: number) => number;
  /** How far the media clocks are ahead of the true time, by the true time; right by default. */
  mediaErrorMs?: (epochMs: number) => number;
  /** Whether it joins and publishes again by itself when its connection is lost, as a browser does. */
  comesBack?: boolean;
}

/** A picture that was sent, whether or not it arrived. */
export interface SentPicture {
  epochMs: number;
  isKey: boolean;
}

const TICKS_PER_MS = { video: 90, audio: 48, microphone: 48 };
const REPORT_MS = 1000;
const REJOIN_MS = 200;
const NTP_TO_UNIX_SECONDS = 2_208_988_800;

/** A header extension of an RTP packet (RFC 8285). */
interface Extension {
  id: number;
  payload: Buffer;
}

const LEVEL_EXTENSION = /^a=extmap:(\d+)\S* urn:ietf:params:rtp-hdrext:ssrc-audio-level/m;
/** The first bit says that somebody speaks, the others how far below full scale (RFC 6464, 3). */
const HAS_VOICE = 0x80;

type Kind = 'video' | 'audio' | 'microphone';
const SOURCES = {
  video: TrackSource.SCREEN_SHARE,
  audio: TrackSource.SCREEN_SHARE_AUDIO,
  microphone: TrackSource.MICROPHONE,
};

/** A track of one connection, which numbers packets as an encoder does. */
class OutgoingTrack {
  readonly track: MediaStreamTrack;
  readonly sender: RTCRtpSender;
  sid = '';
  private sequenceNumber = randomInt(0x10000);
  private readonly firstTimestamp = randomInt(2 ** 32);
  private readonly startMs = Date.now();
  private readonly ticksPerMs: number;
  private sentPackets = 0;
  private sentBytes = 0;

  private readonly errorMs: (epochMs: number) => number;
  /** The device that captures is asleep since this time; undefined when it isn't. Its clock has stood still for this long. */
  private asleepMs: number | undefined;
  private sleptMs = 0;

  constructor(connection: RTCPeerConnection, kind: Kind, errorMs: (epochMs: number) => number) {
    this.errorMs = errorMs;
    this.ticksPerMs = TICKS_PER_MS[kind];
    this.track = new MediaStreamTrack({ kind: kind === 'video' ? 'video' : 'audio' });
    this.sender = connection.addTransceiver(this.track, { direction: 'sendonly' }).sender;
    // werift's own reports take the time of sending for that of capturing, so they are switched off.
    this.sender.rtcpRunning = true;
  }

  /** Has the device that captures fall asleep, or wake up: its media clock stands still meanwhile. */
  sleep(isAsleep: boolean): void {
    if (isAsleep) this.asleepMs ??= Date.now();
    else if (this.asleepMs !== undefined) {
      this.sleptMs += Date.now() - this.asleepMs;
      this.asleepMs = undefined;
    }
  }

  /** Sends media that were captured at `epochMs`. */
  send(payloads: readonly Buffer[], epochMs: number, extensions: Extension[] = []): void {
    if (this.asleepMs !== undefined) return;
    this.sentPackets += payloads.length;
    this.sentBytes += payloads.reduce((sum, payload) => sum + payload.length, 0);
    for (const [i, payload] of payloads.entries()) {
      this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
      const header = new RtpHeader({
        sequenceNumber: this.sequenceNumber,
        timestamp: this.timestampAt(epochMs),
        marker: i === payloads.length - 1,
        extension: extensions.length > 0,
        extensions,
      });
      this.track.writeRtp(new RtpPacket(header, payload));
    }
  }

  /** Sends a report of which timestamp belongs to now, by a clock that shows `clockMs` (RFC 3550, 6.4.1). */
  report(nowMs: number, clockMs: number): void {
    const seconds = Math.floor(clockMs / 1000);
    const fraction = Math.floor(((clockMs - seconds * 1000) / 1000) * 2 ** 32);
    const senderInfo = new RtcpSenderInfo({
      ntpTimestamp: (BigInt(seconds + NTP_TO_UNIX_SECONDS) << 32n) | BigInt(fraction),
      rtpTimestamp: this.timestampAt(nowMs),
      packetCount: this.sentPackets,
      octetCount: this.sentBytes,
    });
    const ignoreLoss = (): void => undefined; // the next report follows
    const report = new RtcpSrPacket({ ssrc: this.sender.ssrc, senderInfo });
    this.sender.dtlsTransport.sendRtcp([report]).then(ignoreLoss, ignoreLoss);
  }

  private timestampAt(epochMs: number): number {
    const elapsedMs = epochMs - this.startMs - this.sleptMs + this.errorMs(epochMs);
    return (this.firstTimestamp + Math.round(elapsedMs * this.ticksPerMs) + 2 ** 32) % 2 ** 32;
  }
}

/**
 * A participant who shares a screen that doesn't exist: H.264 and Opus made by this process, sent as real RTP through a real
 * LiveKit. It draws the rig's burnt-in clock and beeps at each whole second, at a hundredth of a browser's cost.
 */
export class SyntheticPublisher {
  readonly room: string;
  readonly identity: string;
  /** Every picture sent so far, oldest first. */
  readonly sent: SentPicture[] = [];
  private readonly options: SyntheticPublisherOptions;
  private picture: H264Picture;
  private signal: PublisherSignal;
  private connection: RTCPeerConnection;
  private tracks: Partial<Record<Kind, OutgoingTrack>> = {};
  private readonly timers: NodeJS.Timeout[];
  private nextSoundMs = Math.ceil(Date.now() / BEEP_PACKET_MS) * BEEP_PACKET_MS;
  private isKeyDue = true;
  private isMuted = false;
  private isOver = false;
  private isComingBack = false;
  /** Whether it sends no picture at all, as if nothing changed on the screen. */
  isStill = false;
  /** Whether it sends the keyframes that it is asked for. */
  sendsKeyframes = true;
  /** The number of keyframe requests so far. */
  keyframesAsked = 0;

  private constructor(options: SyntheticPublisherOptions) {
    this.options = options;
    this.room = options.room;
    this.identity = options.identity;
    const { width = 1280, height = 720, framesPerSecond = 15 } = options.video ?? {};
    this.picture = new H264Picture(width, height);
    this.signal = this.newSignal();
    this.connection = this.newConnection();
    this.timers = [
      setInterval(() => this.sendPicture(), 1000 / framesPerSecond),
      setInterval(() => this.sendSound(), BEEP_PACKET_MS),
      setInterval(() => this.report(), REPORT_MS),
    ];
  }

  /** Joins the room and shares. Resolves once LiveKit has given the tracks their SIDs. */
  static async start(options: SyntheticPublisherOptions): Promise<SyntheticPublisher> {
    const publisher = new SyntheticPublisher(options);
    try {
      await publisher.connect();
    } catch (error) {
      await publisher.kill();
      throw error;
    }
    return publisher;
  }

  get videoTrackSid(): string {
    return this.tracks.video?.sid ?? '';
  }

  /** The SID of the sound's track; undefined while there is no sound. */
  get audioTrackSid(): string | undefined {
    return this.tracks.audio?.sid;
  }

  /** Pauses or resumes both tracks, as LiveKit's clients do: they stay published, and nothing is sent. */
  mute(isMuted: boolean): void {
    this.isMuted = isMuted;
    this.isKeyDue = true;
    for (const track of Object.values(this.tracks)) this.signal.mute(track.sid, isMuted);
  }

  /** Has the device that captures a track fall asleep, or wake up. Reports go on meanwhile, as those of browsers do. */
  sleep(kind: Kind, isAsleep: boolean): void {
    this.tracks[kind]?.sleep(isAsleep);
  }

  /** Gives the shared window another size from now on. */
  setSize(width: number, height: number): void {
    this.picture = new H264Picture(width, height);
    this.isKeyDue = true;
  }

  async publish(kind: Kind): Promise<void> {
    await this.add(kind);
    await this.negotiate();
  }

  async unpublish(kind: Kind): Promise<void> {
    const { [kind]: gone, ...others } = this.tracks;
    if (gone === undefined) return;
    this.tracks = others;
    this.connection.removeTrack(gone.sender);
    await this.negotiate();
  }

  /** Ends the share and stays in the room. */
  async unpublishAll(): Promise<void> {
    for (const kind of this.kinds()) await this.unpublish(kind);
  }

  /** Reconnects fully: a new connection and new tracks of the same share, with new SIDs. */
  async reconnect(): Promise<void> {
    const { connection, signal } = this;
    const kinds = this.kinds();
    this.tracks = {};
    this.signal = this.newSignal();
    this.connection = this.newConnection();
    await this.connect(kinds);
    signal.drop();
    await connection.close();
  }

  /** Leaves the room. */
  async close(): Promise<void> {
    this.end();
    this.signal.leave();
    await this.connection.close();
  }

  /** Vanishes without leaving the room. */
  async kill(): Promise<void> {
    this.end();
    this.signal.drop();
    await this.connection.close();
  }

  private end(): void {
    this.isOver = true;
    for (const timer of this.timers) clearInterval(timer);
  }

  private kinds(): Kind[] {
    const { hasAudio = true, voice, hasVideo = voice === undefined } = this.options;
    const share: Kind[] = hasAudio ? ['video', 'audio'] : ['video'];
    return [...(hasVideo ? share : []), ...(voice === undefined ? [] : (['microphone'] as const))];
  }

  private newSignal(): PublisherSignal {
    const signal = new PublisherSignal({
      onAnswer: (sdp) => void this.connection.setRemoteDescription({ type: 'answer', sdp }),
      onCandidate: (candidate) => void this.connection.addIceCandidate(candidate),
      onClosed: () => {
        if (signal === this.signal && this.options.comesBack === true) void this.comeBack();
      },
    });
    return signal;
  }

  private newConnection(): RTCPeerConnection {
    const parameters = 'packetization-mode=1;profile-level-id=42e01f;level-asymmetry-allowed=1';
    const connection = new RTCPeerConnection({
      codecs: {
        video: [useH264({ rtcpFeedback: [useNACK(), usePLI()], parameters })],
        audio: [useOPUS()],
      },
      headerExtensions: this.options.voiceLevelDb === undefined ? {} : { audio: [useAudioLevelIndication()] },
      iceServers: [],
      iceUseIpv6: false,
      iceAdditionalHostAddresses: ['127.0.0.1'],
    });
    connection.onIceCandidate.subscribe((candidate) => {
      if (candidate !== undefined) this.signal.sendCandidate(candidate.toJSON());
    });
    return connection;
  }

  private async connect(kinds = this.kinds()): Promise<void> {
    const { livekit, room, identity } = this.options;
    const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity, ttl: '1h' });
    token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: false });
    await this.signal.join(livekit.url, await token.toJwt());
    for (const kind of kinds) await this.add(kind);
    await this.negotiate();
  }

  private async comeBack(): Promise<void> {
    if (this.isComingBack) return;
    this.isComingBack = true;
    while (this.isComingBack && !this.isOver) {
      await sleep(REJOIN_MS);
      try {
        await this.reconnect();
        this.isComingBack = false;
      } catch {
        // LiveKit isn't back yet.
      }
    }
  }

  private async add(kind: Kind): Promise<void> {
    const outgoing = new OutgoingTrack(this.connection, kind, this.options.mediaErrorMs ?? (() => 0));
    const { width, height } = this.picture;
    const isVideo = kind === 'video';
    outgoing.sid = await this.signal.addTrack(
      new AddTrackRequest({
        cid: outgoing.sender.trackId,
        name: this.options.name ?? '',
        type: isVideo ? TrackType.VIDEO : TrackType.AUDIO,
        source: SOURCES[kind],
        disableDtx: true,
        ...(isVideo ? { width, height } : {}),
      }),
    );
    outgoing.sender.onPictureLossIndication.subscribe(() => {
      this.keyframesAsked++;
      this.isKeyDue = true;
    });
    this.isKeyDue = true;
    this.tracks = { ...this.tracks, [kind]: outgoing };
  }

  private async negotiate(): Promise<void> {
    const { connection } = this;
    await connection.setLocalDescription(await connection.createOffer());
    const settled = connection.signalingStateChange.watch((state) => state === 'stable', 10_000);
    this.signal.offer(connection.localDescription?.sdp ?? '');
    await settled;
  }

  private get isSending(): boolean {
    return !this.isMuted && this.connection.connectionState === 'connected';
  }

  private sendPicture(): void {
    const { video } = this.tracks;
    if (video === undefined || !this.isSending || this.isStill) return;
    const epochMs = Date.now();
    const isKey = this.isKeyDue && this.sendsKeyframes;
    this.isKeyDue &&= !this.sendsKeyframes;
    this.sent.push({ epochMs, isKey });
    video.send(packetizeH264(this.picture.draw(epochMs, isKey)), epochMs);
  }

  /** Sends every packet that is complete by now, with the time at which it was captured, because timers come late. */
  private sendSound(): void {
    for (; this.nextSoundMs + BEEP_PACKET_MS <= Date.now(); this.nextSoundMs += BEEP_PACKET_MS) {
      if (!this.isSending) continue;
      this.tracks.audio?.send([beepPacket(this.nextSoundMs)], this.nextSoundMs);
      const spoken = this.options.voice?.(this.nextSoundMs) ?? null;
      if (spoken !== null) this.tracks.microphone?.send([spoken], this.nextSoundMs, this.levelExtension());
    }
  }

  /** Says how loud the voice is, under the id that was agreed on. */
  private levelExtension(): Extension[] {
    const { voiceLevelDb } = this.options;
    const [, id] = LEVEL_EXTENSION.exec(this.connection.localDescription?.sdp ?? '') ?? [];
    if (voiceLevelDb === undefined || id === undefined) return [];
    return [{ id: Number(id), payload: Buffer.of(HAS_VOICE | voiceLevelDb()) }];
  }

  private report(): void {
    if (!this.isSending) return;
    const nowMs = Date.now();
    const clockMs = nowMs + (this.options.clockErrorMs?.(nowMs) ?? 0);
    for (const track of Object.values(this.tracks)) track.report(nowMs, clockMs);
  }
}
