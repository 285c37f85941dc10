import { rmdir } from 'node:fs/promises';
import { AppError } from '@hindsight/shared/errors';
import { QUALITY_PRESETS } from '@hindsight/shared/replay';
import type { JoinResponse, ParticipantInfo } from '@livekit/protocol';
import { MediaIntake } from './media-intake.ts';
import type { RecorderEvent, RecordingEnd, RecordingRequest } from './recorder.port.ts';
import { SegmentWriter } from './segment-writer.ts';
import { ShareHealth } from './share-health.ts';
import { readShare, type ShareState } from './share-watch.ts';
import { SignalClient } from './signal-client.ts';
import { Subscriber } from './subscriber.ts';
import type { LogLevel, PacketCounts, WorkerSettings } from './worker-protocol.ts';

export interface RecordingOptions extends WorkerSettings {
  egressId: string;
  request: RecordingRequest;
  token: string;
  emit: (event: RecorderEvent) => void;
  onPackets: (counts: PacketCounts) => void;
  log: (level: LogLevel, fields: Record<string, unknown>, message: string) => void;
}

const INTAKE_TICK_MS = 20;
const WRITER_TICK_MS = 100;
const COUNTS_INTERVAL_MS = 1000;
/** A track that has just been published may reach the room's list a moment after its publisher knows its SID. */
const SHARE_WAIT_MS = 1500;
const KEYFRAME_REQUEST_SPACING_MS = 500;

/** One share being recorded: LiveKit's signalling and media on one side, segments and events on the other. */
export class Recording {
  private readonly options: RecordingOptions;
  private readonly writer: SegmentWriter;
  private readonly signal: SignalClient;
  private readonly subscriber: Subscriber;
  private readonly intake: MediaIntake;
  private readonly health = new ShareHealth(Date.now());
  private keyframeAskedMs = 0;
  private toldCounts: PacketCounts = { received: 0, lost: 0, recovered: 0 };
  private toldCountsMs = 0;
  /** Set while `start` waits to see the share. */
  private onShare: ((share: ShareState) => void) | undefined;
  private hasStarted = false;
  private timers: NodeJS.Timeout[] = [];
  /** Set once the recording is over; resolves when its connections are closed. */
  private ending: Promise<void> | undefined;

  /** @throws the file system's error when the destination can't be made */
  constructor(options: RecordingOptions) {
    this.options = options;
    const { egressId, request, emit } = options;
    const event = { egressId, sessionId: request.sessionId };
    const hasAudio = request.audioTrackSid !== undefined;
    this.writer = new SegmentWriter({
      destination: request.destination,
      segmentMs: options.segmentMs,
      hasAudio,
      requestKeyframe: () => this.requestKeyframe(),
      onStarted: (startedAtMs) => emit({ ...event, type: 'started', startedAtMs }),
      onSegment: (segment) => emit({ ...event, type: 'segment', ...segment }),
    });
    this.intake = new MediaIntake({
      hasAudio,
      onPicture: (unit, wallMs) => this.write(() => this.writer.addPicture(unit, wallMs, Date.now())),
      onSound: (packet, wallMs) => this.write(() => this.writer.addSound(packet, wallMs, Date.now())),
      onAlive: (nowMs) => this.health.sawMedia(nowMs),
      requestKeyframe: () => this.requestKeyframe(),
      requestRetransmission: (kind, numbers) => this.subscriber.requestRetransmission(kind, numbers),
    });
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
        onPacket: (kind, packet) => {
          if (this.ending === undefined) this.intake.packet(kind, packet);
        },
        onSenderReport: (kind, ...report) => this.intake.senderReport(kind, ...report),
        onAnswer: (sdp, id) => this.signal.answer(sdp, id),
        onCandidate: (candidate) => this.signal.sendCandidate(candidate),
        onFailed: (detail) => this.end('connection-lost', detail),
      },
      options.isLoopback,
    );
  }

  /**
   * Joins the room and asks for the tracks.
   * @throws AppError RECORDER_UNAVAILABLE, NOT_SHARING; there is no `ended` event then, and no trace on the disk
   */
  async start(): Promise<void> {
    try {
      await this.join();
    } catch (error) {
      await this.release();
      // Not there, or not empty because it isn't ours: both are fine.
      await rmdir(this.options.request.destination).catch(() => undefined);
      throw error;
    }
  }

  /** Makes everything received so far readable; epoch ms until when, null when there is nothing. */
  flush(): number | null {
    const nowMs = Date.now();
    return this.write(() => this.writer.flush(nowMs, this.health.holdsToMs(nowMs))) ?? null;
  }

  /** Ends the recording, if it hasn't ended by itself, and resolves when everything is closed. */
  async stop(): Promise<void> {
    this.end('stopped');
    await this.ending;
  }

  private async join(): Promise<void> {
    const { livekitUrl, token, request } = this.options;
    let join: JoinResponse;
    try {
      join = await this.signal.connect(livekitUrl, token);
    } catch (cause) {
      throw new AppError('RECORDER_UNAVAILABLE', { detail: 'LiveKit did not let the recorder in.', cause });
    }
    const share = await this.findShare(join.otherParticipants);
    if (this.ending !== undefined) {
      throw new AppError('RECORDER_UNAVAILABLE', { detail: 'The connection to LiveKit was closed.' });
    }
    if (share?.kind !== 'shared' || (request.audioTrackSid !== undefined && !share.hasAudio)) {
      throw new AppError('NOT_SHARING');
    }
    this.hasStarted = true;
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
      setInterval(() => this.intake.tick(Date.now()), INTAKE_TICK_MS),
      setInterval(() => this.tick(Date.now()), WRITER_TICK_MS),
    );
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

  private tick(nowMs: number): void {
    this.write(() => this.writer.tick(nowMs, this.health.holdsToMs(nowMs)));
    if (nowMs - this.toldCountsMs >= COUNTS_INTERVAL_MS) this.tellCounts(nowMs);
    const isDegraded = this.health.check(nowMs);
    if (isDegraded === undefined || this.ending !== undefined) return;
    const { egressId, request, emit } = this.options;
    emit({ egressId, sessionId: request.sessionId, type: 'degraded', isDegraded });
  }

  private tellCounts(nowMs: number): void {
    const { received, lost, recovered } = this.intake.counts;
    const told = this.toldCounts;
    this.toldCounts = { received, lost, recovered };
    this.toldCountsMs = nowMs;
    this.options.onPackets({
      received: received - told.received,
      lost: lost - told.lost,
      recovered: recovered - told.recovered,
    });
  }

  private requestKeyframe(): void {
    const nowMs = Date.now();
    // Each one costs all viewers of the share a burst of bits.
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
      this.abandon();
      this.finish('failed', `The buffer could not be written: ${messageOf(error)}`);
      return undefined;
    }
  }

  private abandon(): void {
    try {
      this.writer.abandon();
    } catch (error) {
      const { egressId, log } = this.options;
      log(
        'warn',
        { egressId, sessionId: this.options.request.sessionId, error: messageOf(error) },
        'the playlist could not be finalised',
      );
    }
  }

  private end(reason: RecordingEnd, detail?: string): void {
    if (this.ending !== undefined) return;
    this.intake.release();
    const nowMs = Date.now();
    this.write(() => this.writer.end(nowMs, this.health.endsAtMs(nowMs)));
    this.finish(reason, detail);
  }

  /** Takes effect once, for whichever reason comes first. */
  private finish(reason: RecordingEnd, detail: string | undefined): void {
    if (this.ending !== undefined) return;
    this.ending = this.release();
    if (!this.hasStarted) return;
    const { egressId, request, emit, log } = this.options;
    const fields = { egressId, sessionId: request.sessionId, reason, detail };
    this.tellCounts(Date.now());
    log('info', { ...fields, ...this.intake.counts }, 'recording ended');
    emit({ type: 'ended', ...fields });
  }

  private async release(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.signal.close();
    try {
      await this.subscriber.close();
    } catch (error) {
      const { egressId, request, log } = this.options;
      const fields = { egressId, sessionId: request.sessionId, error: messageOf(error) };
      log('warn', fields, 'the media connection did not close cleanly');
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
