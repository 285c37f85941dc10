import { VIDEO_RATE, OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { isLivekitFiller } from '../codecs/opus.ts';
import type { Picture } from '../codecs/picture.ts';
import { SharedOffset, TrackClock } from './rtp-clock.ts';
import { ReorderBuffer } from './rtp-reorder.ts';
import type { MediaKind, RtpData } from '../codecs/rtp-data.ts';
import type { PacketCounts } from './loss-meter.ts';
import { VideoDepacketizer } from '../codecs/video-depacketizer.ts';

export interface MediaIntakeOptions {
  hasAudio: boolean;
  /** Complete pictures and packets of sound, with the epoch ms at which they were captured. */
  onPicture: (picture: Picture, wallMs: number) => void;
  onSound: (packet: Buffer, wallMs: number) => void;
  /** The publisher is alive: called as its media arrive, also for those that are held. */
  onAlive: (nowMs: number) => void;
  /** Pictures are missing, and those that depend on them are left out until a keyframe comes. */
  onDamage: () => void;
  requestRetransmission: (kind: MediaKind, sequenceNumbers: number[]) => void;
  /** Counted on by each intake of a recording. */
  counts: PacketCounts;
}

/** LiveKit sends a sender report every 3 s; without one, times are guessed from the arrival of packets. */
const REPORT_WAIT_MS = 6000;
/** A track without packets (muted before the recording began) has no reports either. */
const SILENT_TRACK_WAIT_MS = 3500;
/** WebRTC sends sound in packets of 20 ms. */
const OPUS_PACKET_MS = 20;
const RATES = { video: VIDEO_RATE, audio: OPUS_RATE } as const;
/** More than pictures out of order can go back. */
const SET_BACK_SECONDS = 1;
/** When a track ends, LiveKit sends a few keyframes of 2x2 or 8x8 pixels to flush decoders. */
const FLUSH_PICTURE_SIDE = 16;

/**
 * RTP packets and sender reports of a share -> pictures and sound with their wall-clock times. What comes before the
 * clocks of both tracks are known is held, not lost. It is driven by `tick`, every ~20 ms.
 */
export class MediaIntake {
  private readonly options: MediaIntakeOptions;
  private readonly offset = new SharedOffset();
  private readonly clocks: Record<MediaKind, TrackClock>;
  private readonly buffers: Record<MediaKind, ReorderBuffer>;
  /** RTP timestamp of the packet that came last, in the order of their numbers. */
  private readonly last: Partial<Record<MediaKind, number>> = {};
  /** Undefined once the clocks are known. */
  private held: (() => void)[] | undefined = [];
  private firstPacketMs: number | undefined;

  constructor(options: MediaIntakeOptions) {
    this.options = options;
    this.clocks = { video: new TrackClock(RATES.video, this.offset), audio: this.newSoundClock() };
    const depacketizer = new VideoDepacketizer({
      deliver: (picture, timestamp) => this.takePicture(picture, timestamp),
      onDamage: options.onDamage,
    });
    this.buffers = {
      video: new ReorderBuffer({
        deliver: (packet, isAfterLoss) => {
          this.observe('video', packet);
          depacketizer.push(packet, isAfterLoss);
        },
        requestRetransmission: (numbers) => options.requestRetransmission('video', numbers),
        counts: options.counts,
      }),
      audio: this.newSoundBuffer(),
    };
  }

  /** The sound that follows is numbered and timed anew. Its times are guessed until the first report. */
  restartSound(): void {
    this.clocks.audio = this.newSoundClock();
    this.buffers.audio = this.newSoundBuffer();
    delete this.last.audio;
  }

  packet(kind: MediaKind, packet: RtpData): void {
    this.firstPacketMs ??= packet.arrivalMs;
    this.options.counts.received++;
    this.buffers[kind].push(packet);
  }

  senderReport(kind: MediaKind, timestamp: number, ntpMs: number, arrivalMs: number): void {
    this.clocks[kind].senderReport(timestamp, ntpMs, arrivalMs);
  }

  tick(nowMs: number): void {
    this.buffers.video.tick(nowMs);
    this.buffers.audio.tick(nowMs);
    if (this.held !== undefined && this.areClocksKnown(nowMs)) this.release();
  }

  /** Hands out what is held, with the best times there are. */
  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const hand of held) hand();
  }

  /** Notes a packet in its turn. */
  private observe(kind: MediaKind, { timestamp, arrivalMs }: RtpData): void {
    // `| 0` makes the difference a signed 32-bit number: the shorter way around.
    const backTicks = ((this.last[kind] ?? timestamp) - timestamp) | 0;
    if (backTicks > RATES[kind] * SET_BACK_SECONDS) {
      // The sender has set its clock back; what is held has the times of before.
      this.release();
      this.clocks[kind].startOver();
    }
    this.last[kind] = timestamp;
    this.clocks[kind].observe(timestamp, arrivalMs);
  }

  private newSoundClock(): TrackClock {
    return new TrackClock(RATES.audio, this.offset, OPUS_PACKET_MS);
  }

  private newSoundBuffer(): ReorderBuffer {
    return new ReorderBuffer({
      deliver: (packet) => {
        this.observe('audio', packet);
        this.takeSound(packet);
      },
      requestRetransmission: (numbers) => this.options.requestRetransmission('audio', numbers),
      counts: this.options.counts,
    });
  }

  private takePicture(picture: Picture, timestamp: number): void {
    if (picture.isKey) {
      const { width, height } = picture.config;
      if (Math.max(width, height) <= FLUSH_PICTURE_SIDE) return;
    }
    this.hand(() => this.options.onPicture(picture, this.clocks.video.wallMs(timestamp)));
  }

  private takeSound({ payload, timestamp }: RtpData): void {
    if (payload.length === 0 || isLivekitFiller(payload)) return;
    this.hand(() => this.options.onSound(payload, this.clocks.audio.wallMs(timestamp)));
  }

  private hand(media: () => void): void {
    this.options.onAlive(Date.now());
    if (this.held === undefined) media();
    else this.held.push(media);
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
