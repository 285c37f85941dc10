import { rmdir } from 'node:fs/promises';
import { AppError } from '@hindsight/shared/errors';
import { QUALITY_PRESETS } from '@hindsight/shared/replay';
import type { JoinResponse, ParticipantInfo } from '@livekit/protocol';
import { H264Depacketizer, type AccessUnit } from './h264-depacketizer.ts';
import { parseSps } from './h264-sps.ts';
import type { RecorderEvent, RecordingEnd, RecordingRequest } from './recorder.port.ts';
import { SharedOffset, TrackClock } from './rtp-clock.ts';
import { ReorderBuffer, type RtpData } from './rtp-reorder.ts';
import { SegmentWriter } from './segment-writer.ts';
import { readShare, type ShareState } from './share-watch.ts';
import { ShareHealth } from './share-health.ts';
import { SignalClient } from './signal-client.ts';
import { Subscriber, type MediaKind } from './subscriber.ts';
import { isLivekitFiller, OPUS_RATE } from './opus.ts';
import { VIDEO_RATE } from './fmp4.ts';
import type { LogLevel, WorkerSettings } from './worker-protocol.ts';

export interface RecordingOptions extends WorkerSettings {
  egressId: string;
  request: RecordingRequest;
  token: string;
  emit: (event: RecorderEvent) => void;
  log: (level: LogLevel, fields: Record<string, unknown>, message: string) => void;
}

/** WebRTC sends sound in packets of 20 ms. */
const OPUS_PACKET_MS = 20;
const RETRANSMISSION_TICK_MS = 20;
const WRITER_TICK_MS = 100;
/** A track that has just been published may reach the room's list a moment after its publisher knows its SID. */
const SHARE_WAIT_MS = 1500;
/** LiveKit sends a sender report every 3 s; without one, times are guessed from the arrival of packets. */
const REPORT_WAIT_MS = 6000;
/** A track without packets (muted before the recording began) has no reports either. */
const SILENT_TRACK_WAIT_MS = 3500;
const KEYFRAME_REQUEST_SPACING_MS = 500;
/** When a track ends, LiveKit sends a few pictures of 2x2 pixels to flush decoders. */
const FLUSH_PICTURE_SIDE = 16;

/** One share being recorded: LiveKit's signalling and media on one side, segments and events on the other. */
export class Recording {
  private readonly options: RecordingOptions;
  private readonly signal: SignalClient;
  private readonly subscriber: Subscriber;
  private readonly writer: SegmentWriter;
  private readonly depacketizer: H264Depacketizer;
  private readonly health: ShareHealth;
  private readonly clocks: Record<MediaKind, TrackClock>;
  private readonly buffers: Record<MediaKind, ReorderBuffer>;
  private readonly hasPackets = { video: false, audio: false };
  /** Media that came before the clocks were exact; undefined once they are. */
  private held: (() => void)[] | undefined = [];
  private firstPacketMs: number | undefined;
  private keyframeAskedMs = 0;
  private onShare: ((share: ShareState) => void) | undefined;
  private timers: NodeJS.Timeout[] = [];
  private ending: Promise<void> | undefined;

  /** @throws the file system's error when the destination can't be made */
  constructor(options: RecordingOptions) {
    this.options = options;
    const { request } = options;
    const event = { egressId: options.egressId, sessionId: request.sessionId };
    this.writer = new SegmentWriter({
      destination: request.destination,
      segmentMs: options.segmentMs,
      hasAudio: request.audioTrackSid !== undefined,
      requestKeyframe: () => this.requestKeyframe(),
      onStarted: (startedAtMs) => options.emit({ ...event, type: 'started', startedAtMs }),
      onSegment: (segment) => options.emit({ ...event, type: 'segment', ...segment }),
    });
    const offset = new SharedOffset();
    this.clocks = {
      video: new TrackClock(VIDEO_RATE, offset),
      audio: new TrackClock(OPUS_RATE, offset, OPUS_PACKET_MS),
    };
    this.health = new ShareHealth(Date.now());
    this.signal = new SignalClient({
      onOffer: (sdp, id) => this.subscriber.offer(sdp, id),
      onCandidate: (candidate) => this.subscriber.addCandidate(candidate),
      onParticipants: (participants) => this.watchShare(participants),
      onUnpublished: (sid) => {
        if (sid === request.videoTrackSid) this.end('share-ended');
      },
      onClosed: (detail) => this.end('connection-lost', detail),
    });
    this.subscriber = new Subscriber(
      {
        onPacket: (kind, packet) => this.receive(kind, packet),
        onSenderReport: (kind, timestamp, ntpMs, arrivalMs) => {
          this.clocks[kind].senderReport(timestamp, ntpMs, arrivalMs);
        },
        onAnswer: (sdp, id) => this.signal.answer(sdp, id),
        onCandidate: (candidate) => this.signal.sendCandidate(candidate),
        onFailed: (detail) => this.end('connection-lost', detail),
      },
      options.isLoopback,
    );
    this.buffers = {
      video: new ReorderBuffer({
        deliver: (packet, isAfterLoss) => this.depacketizer.push(packet, isAfterLoss),
        requestRetransmission: (numbers) => this.subscriber.requestRetransmission('video', numbers),
      }),
      audio: new ReorderBuffer({
        deliver: (packet) => this.takeSound(packet),
        requestRetransmission: (numbers) => this.subscriber.requestRetransmission('audio', numbers),
      }),
    };
    this.depacketizer = new H264Depacketizer({
      deliver: (unit, timestamp) => this.takePicture(unit, timestamp),
      onDamage: () => this.requestKeyframe(),
    });
  }

  /**
   * Joins the room and asks for the tracks.
   * @throws AppError RECORDER_UNAVAILABLE, NOT_SHARING
   */
  async start(): Promise<void> {
    const { livekitUrl, token, request } = this.options;
    let join: JoinResponse;
    try {
      join = await this.signal.connect(livekitUrl, token);
    } catch (cause) {
      await this.withdraw();
      throw new AppError('RECORDER_UNAVAILABLE', { detail: 'LiveKit did not let the recorder in.', cause });
    }
    const share = await this.findShare(join.otherParticipants);
    if (share?.kind !== 'shared' || (request.audioTrackSid !== undefined && !share.hasAudio)) {
      await this.withdraw();
      throw new AppError('NOT_SHARING');
    }
    const { refusal } = share;
    if (refusal !== undefined) {
      // In a later turn, so that whoever called learns the id before the end.
      this.timers.push(setTimeout(() => this.end('failed', refusal)));
      return;
    }
    this.health.setMuted(share.isMuted, Date.now());
    const sids = [request.videoTrackSid, request.audioTrackSid].filter((sid) => sid !== undefined);
    this.signal.subscribe(share.participantSid, sids, QUALITY_PRESETS[request.quality]);
    this.timers.push(
      setInterval(() => this.retransmit(), RETRANSMISSION_TICK_MS),
      setInterval(() => this.tick(), WRITER_TICK_MS),
    );
  }

  /** Makes everything received so far readable; epoch ms until when, null when there is nothing. */
  flush(): number | null {
    if (this.ending !== undefined) return null;
    const nowMs = Date.now();
    return this.write(() => this.writer.flush(nowMs, this.health.holdsToMs(nowMs))) ?? null;
  }

  /** Ends the recording, if it hasn't ended by itself, and resolves when everything is closed. */
  async stop(): Promise<void> {
    this.end('stopped');
    await this.ending;
  }

  private async findShare(participants: ParticipantInfo[]): Promise<ShareState | undefined> {
    const share = readShare(participants, this.options.request);
    if (share.kind === 'shared') return share;
    const { promise, resolve } = Promise.withResolvers<ShareState | undefined>();
    const deadline = setTimeout(() => resolve(undefined), SHARE_WAIT_MS);
    this.onShare = (update) => {
      if (update.kind === 'shared') resolve(update);
    };
    const found = await promise;
    clearTimeout(deadline);
    this.onShare = undefined;
    return found;
  }

  private watchShare(participants: ParticipantInfo[]): void {
    const share = readShare(participants, this.options.request);
    if (this.onShare !== undefined) this.onShare(share);
    else if (share.kind === 'ended') this.end(share.reason);
    else if (share.kind === 'shared') this.health.setMuted(share.isMuted, Date.now());
  }

  private receive(kind: MediaKind, packet: RtpData): void {
    if (this.ending !== undefined) return;
    this.firstPacketMs ??= packet.arrivalMs;
    this.hasPackets[kind] = true;
    this.clocks[kind].observe(packet.timestamp, packet.arrivalMs);
    this.buffers[kind].push(packet);
  }

  private takePicture(unit: AccessUnit, timestamp: number): void {
    const size = unit.sps === undefined ? null : parseSps(unit.sps);
    if (size !== null && Math.max(size.width, size.height) <= FLUSH_PICTURE_SIDE) return;
    this.health.sawMedia(Date.now());
    this.holdOrWrite(() => this.writer.addPicture(unit, this.clocks.video.wallMs(timestamp), Date.now()));
  }

  private takeSound({ payload, timestamp }: RtpData): void {
    if (payload.length === 0 || isLivekitFiller(payload)) return;
    this.health.sawMedia(Date.now());
    this.holdOrWrite(() => this.writer.addSound(payload, this.clocks.audio.wallMs(timestamp), Date.now()));
  }

  private holdOrWrite(step: () => void): void {
    if (this.held === undefined) this.write(step);
    else this.held.push(step);
  }

  private retransmit(): void {
    const nowMs = Date.now();
    this.buffers.video.tick(nowMs);
    this.buffers.audio.tick(nowMs);
  }

  private tick(): void {
    const nowMs = Date.now();
    if (this.held !== undefined && this.areClocksGood(nowMs)) this.releaseHeld();
    this.write(() => this.writer.tick(nowMs, this.health.holdsToMs(nowMs)));
    const change = this.health.check(nowMs);
    if (change !== undefined) {
      const { egressId, request, emit } = this.options;
      emit({ egressId, sessionId: request.sessionId, type: 'degraded', isDegraded: change });
    }
  }

  private areClocksGood(nowMs: number): boolean {
    if (this.firstPacketMs === undefined) return false;
    const waitedMs = nowMs - this.firstPacketMs;
    const { video, audio } = this.clocks;
    const hasSilentAudio = !this.hasPackets.audio && waitedMs > SILENT_TRACK_WAIT_MS;
    const needsAudio = this.options.request.audioTrackSid !== undefined && !hasSilentAudio;
    return (video.isExact && (!needsAudio || audio.isExact)) || waitedMs > REPORT_WAIT_MS;
  }

  private releaseHeld(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const step of held) this.write(step);
  }

  private requestKeyframe(): void {
    const nowMs = Date.now();
    if (this.health.isMuted || nowMs - this.keyframeAskedMs < KEYFRAME_REQUEST_SPACING_MS) return;
    this.keyframeAskedMs = nowMs;
    this.subscriber.requestKeyframe();
  }

  /** Anything that touches the disk goes through here: its failure ends the recording, not the process. */
  private write<T>(step: () => T): T | undefined {
    if (this.ending !== undefined) return undefined;
    try {
      return step();
    } catch (error) {
      this.finish('failed', diskErrorText(error), () => this.writer.abandon());
      return undefined;
    }
  }

  private end(reason: RecordingEnd, detail?: string): void {
    if (this.ending !== undefined) return;
    this.releaseHeld();
    const nowMs = Date.now();
    this.write(() => this.writer.end(nowMs, this.health.endsAtMs(nowMs)));
    this.finish(reason, detail, () => undefined);
  }

  /** Runs once, for whichever reason comes first. */
  private finish(reason: RecordingEnd, detail: string | undefined, closeFiles: () => void): void {
    if (this.ending !== undefined) return;
    this.ending = this.release();
    const { egressId, request, emit, log } = this.options;
    try {
      closeFiles();
    } catch (error) {
      log('warn', { egressId, error: String(error) }, 'the playlist could not be finalised');
    }
    const { lost, recovered } = this.buffers.video.counts;
    log(
      'info',
      { egressId, sessionId: request.sessionId, reason, detail, lost, recovered },
      'recording ended',
    );
    emit({ egressId, sessionId: request.sessionId, type: 'ended', reason, detail });
  }

  /** Leaves no trace of a recording that could not begin. */
  private async withdraw(): Promise<void> {
    await this.release();
    // Not there, or not empty because it isn't ours: both are fine.
    await rmdir(this.options.request.destination).catch(() => undefined);
  }

  private async release(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.signal.close();
    await this.subscriber.close();
  }
}

function diskErrorText(error: unknown): string {
  return `The buffer could not be written: ${error instanceof Error ? error.message : String(error)}`;
}
