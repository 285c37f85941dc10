import { isLivekitFiller } from '../codecs/opus.ts';
import { detached, type Picture } from '../codecs/picture.ts';
import { SharedOffset, TrackClock } from './rtp-clock.ts';
import { ReorderBuffer } from './rtp-reorder.ts';
import { MEDIA_KINDS, RTP_RATES, type MediaKind, type RtpData } from '../codecs/rtp-data.ts';
import type { PacketCounts } from './loss-meter.ts';
import { VideoDepacketizer } from '../codecs/video-depacketizer.ts';

export interface MediaIntakeOptions {
  hasAudio: boolean;
  /** These get complete pictures and packets of sound, with the time at which they were captured (epoch ms). */
  onPicture: (picture: Picture, wallMs: number) => void;
  onSound: (packet: Buffer, wallMs: number) => void;
  /** Called as media arrive, also for those that wait for the clocks: the publisher is alive. */
  onAlive: (kind: MediaKind, nowMs: number) => void;
  /** Called when pictures are missing. Those that depend on them are left out until a keyframe comes. */
  onDamage: () => void;
  requestRetransmission: (kind: MediaKind, sequenceNumbers: number[]) => void;
  /** The packet counts of each track, to which each intake of a recording adds. */
  counts: Record<MediaKind, PacketCounts>;
}

/**
 * The intake waits this long for sender reports, which LiveKit sends every 3 s; without one, times are guessed from the
 * arrival of packets.
 */
const REPORT_WAIT_MS = 6000;
/** The intake waits this long for a track without packets (muted before the recording began), which has no reports either. */
const SILENT_TRACK_WAIT_MS = 3500;
/** WebRTC sends sound in packets of 20 ms. */
const OPUS_PACKET_MS = 20;
/** What comes after a pause is held for as long as it may be silence and nobody has missed it, until its time is known. */
const MAX_HOLD_MS = 900;
/** Timestamps of pictures out of order never go back as far as this. */
const SET_BACK_SECONDS = 1;
/** When a track ends, LiveKit sends a few keyframes of 2x2 or 8x8 pixels to flush decoders. */
const FLUSH_PICTURE_SIDE = 16;

/**
 * Turns the RTP packets and sender reports of a share into pictures and sound with their wall-clock times. Media that come
 * before the clocks of both tracks are known wait in a queue. It is driven by `tick`, every ~20 ms.
 */
export class MediaIntake {
  private readonly options: MediaIntakeOptions;
  private readonly offset = new SharedOffset();
  private readonly clocks: Record<MediaKind, TrackClock>;
  private readonly buffers: Record<MediaKind, ReorderBuffer>;
  /** The RTP timestamp of each track's last packet, in the order of sequence numbers. */
  private readonly last: Partial<Record<MediaKind, number>> = {};
  /** Media that wait for the clocks; undefined once these are known. */
  private waiting: (() => void)[] | undefined = [];
  /** Media that came after a pause, and whose times depend on what that pause was. */
  private readonly held: Record<MediaKind, (() => void)[]> = { video: [], audio: [] };
  private firstPacketMs: number | undefined;
  /** The packet that is looked at has arrived at this time. */
  private arrivalMs = 0;

  constructor(options: MediaIntakeOptions) {
    this.options = options;
    this.clocks = { video: this.newPictureClock(), audio: this.newSoundClock() };
    this.buffers = { video: this.newPictureBuffer(), audio: this.newSoundBuffer() };
  }

  /** Starts over for pictures that are numbered and timed anew, from a keyframe on; sound goes on as it is. */
  restartPictures(): void {
    this.clocks.video = this.newPictureClock();
    this.buffers.video = this.newPictureBuffer();
    delete this.last.video;
  }

  /** Starts over for sound that is numbered and timed anew. Its times are guessed until the first report. */
  restartSound(): void {
    this.clocks.audio = this.newSoundClock();
    this.buffers.audio = this.newSoundBuffer();
    delete this.last.audio;
  }

  /** Whether media wait for the clocks: they are good, but not delivered yet. */
  get isWaiting(): boolean {
    return this.waiting !== undefined;
  }

  packet(kind: MediaKind, packet: RtpData): void {
    this.firstPacketMs ??= packet.arrivalMs;
    this.options.counts[kind].received++;
    this.buffers[kind].push(packet);
  }

  senderReport(kind: MediaKind, timestamp: number, ntpMs: number, arrivalMs: number): void {
    this.clocks[kind].senderReport(timestamp, ntpMs, arrivalMs);
  }

  tick(nowMs: number): void {
    this.buffers.video.tick(nowMs);
    this.buffers.audio.tick(nowMs);
    if (this.waiting !== undefined && this.areClocksKnown(nowMs)) this.deliverWaiting();
    for (const kind of MEDIA_KINDS) if (!this.mustHold(kind, nowMs)) this.deliverHeld(kind);
  }

  /** Delivers the media that wait, with the best times that are known. */
  release(): void {
    this.deliverWaiting();
    for (const kind of MEDIA_KINDS) this.deliverHeld(kind);
  }

  private deliverWaiting(): void {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const deliver of waiting) deliver();
  }

  private deliverHeld(kind: MediaKind): void {
    if (this.held[kind].length === 0) return;
    for (const deliver of this.held[kind].splice(0)) deliver();
  }

  /** Whether the times of what comes now will be known soon. */
  private mustHold(kind: MediaKind, nowMs: number): boolean {
    return nowMs - (this.clocks[kind].undecidedSinceMs ?? -Infinity) < MAX_HOLD_MS;
  }

  /** Notes the time of a packet, in the order of sequence numbers. */
  private observe(kind: MediaKind, { timestamp, arrivalMs }: RtpData): void {
    // `| 0` makes the difference a signed 32-bit number, so it is taken the shorter way around.
    const backTicks = ((this.last[kind] ?? timestamp) - timestamp) | 0;
    if (backTicks > RTP_RATES[kind] * SET_BACK_SECONDS) {
      // The sender has set its clock back; the media that wait have times of the old clock.
      this.release();
      this.clocks[kind].startOver();
    }
    this.last[kind] = timestamp;
    this.arrivalMs = arrivalMs;
    this.clocks[kind].observe(timestamp, arrivalMs);
  }

  private newPictureClock(): TrackClock {
    return new TrackClock(RTP_RATES.video, this.offset);
  }

  private newPictureBuffer(): ReorderBuffer {
    const depacketizer = new VideoDepacketizer({
      deliver: (picture, timestamp) => this.takePicture(picture, timestamp),
      onDamage: this.options.onDamage,
    });
    return new ReorderBuffer({
      deliver: (packet, isAfterLoss) => {
        this.observe('video', packet);
        depacketizer.push(packet, isAfterLoss);
      },
      requestRetransmission: (numbers) => this.options.requestRetransmission('video', numbers),
      counts: this.options.counts.video,
    });
  }

  private newSoundClock(): TrackClock {
    return new TrackClock(RTP_RATES.audio, this.offset, OPUS_PACKET_MS);
  }

  private newSoundBuffer(): ReorderBuffer {
    return new ReorderBuffer({
      deliver: (packet) => {
        this.observe('audio', packet);
        this.takeSound(packet);
      },
      requestRetransmission: (numbers) => this.options.requestRetransmission('audio', numbers),
      counts: this.options.counts.audio,
    });
  }

  private takePicture(picture: Picture, timestamp: number): void {
    if (picture.isKey) {
      const { width, height } = picture.config;
      if (Math.max(width, height) <= FLUSH_PICTURE_SIDE) return;
    }
    const { video } = this.clocks;
    this.deliverOrQueue('video', picture, detached, (kept) =>
      this.options.onPicture(kept, video.wallMs(timestamp)),
    );
  }

  private takeSound({ payload, timestamp }: RtpData): void {
    if (payload.length === 0 || isLivekitFiller(payload)) return;
    const { audio } = this.clocks;
    this.deliverOrQueue(
      'audio',
      payload,
      (bytes) => Buffer.from(bytes),
      (kept) => this.options.onSound(kept, audio.wallMs(timestamp)),
    );
  }

  /** Delivers media, or a copy of them later. */
  private deliverOrQueue<T>(
    kind: MediaKind,
    media: T,
    copy: (media: T) => T,
    deliver: (media: T) => void,
  ): void {
    this.options.onAlive(kind, Date.now());
    const queue = this.waiting ?? (this.mustHold(kind, this.arrivalMs) ? this.held[kind] : undefined);
    if (queue === undefined) {
      this.deliverHeld(kind);
      deliver(media);
      return;
    }
    const kept = copy(media);
    queue.push(() => deliver(kept));
  }

  private areClocksKnown(nowMs: number): boolean {
    if (this.firstPacketMs === undefined) return false;
    const waitedMs = nowMs - this.firstPacketMs;
    const isAudioSilent = this.last.audio === undefined && waitedMs > SILENT_TRACK_WAIT_MS;
    const needsAudio = this.options.hasAudio && !isAudioSilent;
    const { video, audio } = this.clocks;
    return (video.isExact && (!needsAudio || audio.isExact)) || waitedMs > REPORT_WAIT_MS;
  }
}
