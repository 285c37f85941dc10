import type { MediaKind } from './codecs/rtp-data.ts';
import { rmdir } from 'node:fs/promises';
import { AppError } from '@hindsight/shared/errors';
import { QUALITY_PRESETS } from '@hindsight/shared/replay/replay';
import { LossMeter, type PacketCounts } from './rtp/loss-meter.ts';
import { MediaIntake } from './rtp/media-intake.ts';
import type { Picture } from './codecs/picture.ts';
import { isDiskFull, messageOf } from '@hindsight/shared/error-code';
import type { KeptVoices, RecorderEvent, RecordingEnd, RecordingRequest } from './recorder.port.ts';
import { RecordedVoices } from './voices/recorded-voices.ts';
import { SegmentWriter } from './segments/segment-writer.ts';
import { ShareConnection } from './signal/share-connection.ts';
import { ShareHealth } from './share-health.ts';
import { ShareRescue } from './share-rescue.ts';
import type { FoundShare } from './signal/share-watch.ts';
import type { ThreadPace } from './thread-pace.ts';
import type { LogLevel, WorkerSettings } from './worker-protocol.ts';

export interface RecordingOptions extends WorkerSettings {
  egressId: string;
  request: RecordingRequest;
  token: string;
  emit: (event: RecorderEvent) => void;
  onPackets: (counts: PacketCounts) => void;
  pace: ThreadPace;
  log: (level: LogLevel, fields: Record<string, unknown>, message: string) => void;
}

const COUNTS_INTERVAL_MS = 1000;
const LOSSES_TICK_MS = 5000;
const KEYFRAME_REQUEST_SPACING_MS = 500;

/** Records one share: it takes LiveKit's signalling and media on one side and makes segments and events on the other. */
export class Recording {
  private readonly options: RecordingOptions;
  private readonly writer: SegmentWriter;
  private readonly connection: ShareConnection;
  private readonly health = new ShareHealth(Date.now());
  private readonly losses = new LossMeter();
  private readonly rescue: ShareRescue;
  private readonly voices: RecordedVoices;
  /** The picture was subscribed to anew over the same connection, so that another source of it is to come. */
  private isPictureRenewed = false;
  private intake: MediaIntake;
  /**
   * Recording was interrupted at this time: the next picture begins after a gap. Infinity means a new beginning without a
   * gap.
   */
  private interruptedMs: number | undefined;
  private keyframeAskedMs = 0;
  private reportedCounts: PacketCounts = { received: 0, lost: 0, recovered: 0 };
  private reportedCountsMs = 0;
  private videoTrackSid: string;
  private audioTrackSid: string | undefined;
  private hasStarted = false;
  private timers: NodeJS.Timeout[] = [];
  private endTicks: (() => void) | undefined;
  /** Set once the recording is over; resolves when its connections are closed. */
  private ending: Promise<void> | undefined;

  /** Creates the destination but doesn't connect yet. @throws the file system's error when the destination can't be created */
  constructor(options: RecordingOptions) {
    this.options = options;
    const { request, emit, log } = options;
    const event = this.ids;
    this.videoTrackSid = request.videoTrackSid;
    this.audioTrackSid = request.audioTrackSid;
    this.writer = new SegmentWriter({
      destination: request.destination,
      segmentMs: options.segmentMs,
      hasAudio: this.audioTrackSid !== undefined,
      requestKeyframe: () => void this.requestKeyframe(),
      onStarted: (startedAtMs) => emit({ ...event, type: 'started', startedAtMs }),
      onSegment: (segment) => emit({ ...event, type: 'segment', ...segment }),
    });
    this.voices = new RecordedVoices({
      ...options,
      destination: request.destination,
      onStatus: (voices) => {
        if (this.ending === undefined) emit({ ...event, type: 'voices', voices });
      },
      log: (level, fields, message) => log(level, { ...event, ...fields }, message),
    });
    this.intake = this.newIntake();
    this.rescue = new ShareRescue(
      {
        health: this.health,
        losses: this.losses,
        requestKeyframe: () => this.requestMissingKeyframe(),
        renewSubscription: (kind) => {
          this.isPictureRenewed ||= kind === 'video';
          this.connection.renewSubscription(kind);
        },
        renewConnection: (detail) => {
          this.isPictureRenewed = false;
          this.connection.renew(detail);
        },
        onRenewal: (kind, remedy) =>
          log('warn', { ...event, kind, remedy }, 'a track of a recording is renewed'),
      },
      Date.now(),
    );
    this.connection = new ShareConnection(
      { ...options, ...request, size: QUALITY_PRESETS[request.quality] },
      {
        onPacket: (kind, packet) => {
          this.rescue.packet(kind, packet);
          this.intake.packet(kind, packet);
        },
        onArrival: (kind, nowMs) => {
          this.options.pace.packetCame(this);
          this.rescue.arrived(kind, nowMs);
        },
        onSent: (kind, ...sent) => this.rescue.reported(kind, ...sent),
        onSenderReport: (kind, ...report) => this.intake.senderReport(kind, ...report),
        onNewSource: (kind) => this.startSource(kind),
        onShare: (share) => this.watchShare(share),
        onWaiting: (isWaiting, detail) => {
          if (isWaiting)
            log(
              'warn',
              { ...event, detail },
              'a recording has lost its connection and waits for it to come back',
            );
          else log('info', event, 'a recording is connected again');
          emit({ ...event, type: 'waiting', isWaiting });
        },
        onEnded: (reason, detail) => this.end(reason, detail),
      },
    );
  }

  private get ids(): { egressId: string; sessionId: string } {
    return { egressId: this.options.egressId, sessionId: this.options.request.sessionId };
  }

  /**
   * Joins the room and asks for the tracks.
   * @throws AppError RECORDER_UNAVAILABLE, NOT_SHARING; then there is no `ended` event, and nothing is left on the disk
   */
  async start(): Promise<void> {
    try {
      await this.join();
    } catch (error) {
      await this.release();
      // The directory is missing, or not empty because it isn't ours: both are fine.
      await rmdir(this.options.request.destination).catch(() => undefined);
      throw error;
    }
  }

  /** Makes everything received so far readable. Returns until when that is (epoch ms), null when there is nothing. */
  flush(): number | null {
    const nowMs = Date.now();
    this.voices.flush();
    return this.write(() => this.writer.flush(nowMs, this.shownUntilMs(nowMs))) ?? null;
  }

  /**
   * Keeps exactly these voices from now on.
   * @param token to join the room with, beside the recording
   * @throws the file system's error when what is to be forgotten can't be deleted
   */
  setVoices(voices: KeptVoices, token: string): void {
    this.voices.set(voices, token);
  }

  /** Ends the recording unless it has ended by itself. Resolves when everything is closed. */
  async stop(): Promise<void> {
    this.end('stopped');
    await this.ending;
  }

  private async join(): Promise<void> {
    const { request } = this.options;
    let share: FoundShare | undefined;
    try {
      share = await this.connection.join();
    } catch (cause) {
      throw new AppError('RECORDER_UNAVAILABLE', { detail: 'LiveKit did not let the recorder in.', cause });
    }
    if (share === undefined || (request.audioTrackSid !== undefined && share.audioTrackSid === undefined)) {
      throw new AppError('NOT_SHARING');
    }
    this.hasStarted = true;
    const { refusal } = share;
    if (refusal !== undefined) {
      // This runs in a later turn, so that the caller learns the id before the end.
      this.timers.push(setTimeout(() => this.end('failed', refusal)));
      return;
    }
    this.connection.follow(share);
    this.endTicks = this.options.pace.each((nowMs) => this.tick(nowMs));
    this.timers.push(setInterval(() => this.reportLosses(), LOSSES_TICK_MS));
  }

  private newIntake(): MediaIntake {
    return new MediaIntake({
      hasAudio: this.audioTrackSid !== undefined,
      onPicture: (picture, wallMs) => this.write(() => this.takePicture(picture, wallMs, Date.now())),
      onSound: (packet, wallMs) => this.write(() => this.takeSound(packet, wallMs, Date.now())),
      onAlive: (kind, nowMs) => this.noteAlive(kind, nowMs),
      onDamage: () => {
        this.losePicture(Date.now());
        this.requestMissingKeyframe();
      },
      requestRetransmission: (kind, numbers) => {
        this.rescue.askAgain(kind, numbers.length, Date.now());
        this.connection.requestRetransmission(kind, numbers);
      },
      counts: this.losses.packets,
    });
  }

  /**
   * Starts over for another connection or another track: media of the one before that still wait are written, and the clocks
   * start anew.
   */
  private startSource(kind: MediaKind): void {
    this.rescue.restart(kind, Date.now());
    if (kind === 'audio') {
      this.intake.restartSound();
      return;
    }
    if (this.isPictureRenewed) {
      this.isPictureRenewed = false;
      // Sound goes on over the same connection, and the last picture stands still until the next one comes.
      this.losses.pictureLost();
      this.intake.restartPictures();
      return;
    }
    this.intake.release();
    this.intake = this.newIntake();
    this.keyframeAskedMs = 0;
    this.interrupt(Date.now());
  }

  private noteAlive(kind: MediaKind, nowMs: number): void {
    if (this.health.wasSilent(nowMs)) this.interrupt(nowMs);
    this.health.sawMedia(nowMs);
    // What waits for the clocks begins with a keyframe, so it will be written.
    if (kind === 'video' && this.intake.isWaiting) this.rescue.usable(kind, nowMs);
  }

  /** Notes that the picture stands still from the last one that was written until the next one. */
  private losePicture(nowMs: number): void {
    this.losses.pictureLost();
    this.rescue.damaged(nowMs);
  }

  private interrupt(nowMs: number): void {
    this.interruptedMs ??= this.health.isMuted ? Infinity : this.health.endsAtMs(nowMs);
  }

  private takePicture(picture: Picture, wallMs: number, nowMs: number): void {
    const { interruptedMs } = this;
    if (interruptedMs !== undefined) {
      if (!picture.isKey) {
        this.rescue.damaged(nowMs);
        return this.requestMissingKeyframe();
      }
      this.interruptedMs = undefined;
      const endMs = Math.min(interruptedMs, wallMs);
      if (this.writer.interrupt(nowMs, endMs)) this.losses.interrupted(endMs, wallMs);
    }
    if (!this.writer.addPicture(picture, wallMs, nowMs)) return this.losePicture(nowMs);
    this.losses.pictureWritten(wallMs);
    this.rescue.usable('video', nowMs);
  }

  private takeSound(packet: Buffer, wallMs: number, nowMs: number): void {
    // Sound before the first picture after the gap belongs to the gap.
    if (this.interruptedMs === undefined) this.writer.addSound(packet, wallMs, nowMs);
  }

  private watchShare({ isMuted, videoTrackSid, audioTrackSid }: FoundShare): void {
    this.health.setMuted(isMuted, Date.now());
    if (videoTrackSid === this.videoTrackSid && audioTrackSid === this.audioTrackSid) return;
    this.videoTrackSid = videoTrackSid;
    this.audioTrackSid = audioTrackSid;
    const sound = audioTrackSid === undefined ? {} : { audioTrackSid };
    this.options.emit({ ...this.ids, type: 'moved', videoTrackSid, ...sound });
  }

  private reportLosses(): void {
    const losses = this.losses.takeIfChanged(this.shownUntilMs(Date.now()));
    if (losses !== undefined) this.options.emit({ ...this.ids, type: 'losses', losses });
  }

  /** Returns until when the newest picture is known to have been on the screen. */
  private shownUntilMs(nowMs: number): number {
    return Math.min(this.health.shownUntilMs(nowMs), this.interruptedMs ?? nowMs);
  }

  private tick(nowMs: number): void {
    this.intake.tick(nowMs);
    this.voices.tick(nowMs);
    this.write(() => this.writer.tick(nowMs, this.shownUntilMs(nowMs)));
    if (nowMs - this.reportedCountsMs >= COUNTS_INTERVAL_MS) this.reportCounts(nowMs);
    this.rescue.tick(nowMs, this.connection.isAway);
    const degraded = this.health.check(nowMs);
    if (degraded === undefined || this.ending !== undefined) return;
    const tracks = degraded.filter((kind) => kind === 'video' || this.audioTrackSid !== undefined);
    this.options.emit({ ...this.ids, type: 'degraded', isDegraded: tracks.length > 0, tracks });
    this.reportLosses();
  }

  private reportCounts(nowMs: number): void {
    const { received, lost, recovered } = this.losses.allPackets;
    const reported = this.reportedCounts;
    this.reportedCounts = { received, lost, recovered };
    this.reportedCountsMs = nowMs;
    this.options.onPackets({
      received: received - reported.received,
      lost: lost - reported.lost,
      recovered: recovered - reported.recovered,
    });
  }

  private requestMissingKeyframe(): void {
    if (this.requestKeyframe()) this.losses.requestedKeyframes++;
  }

  /** Asks for a keyframe unless one was asked for just now, or the share is muted. Returns whether it did. */
  private requestKeyframe(): boolean {
    const nowMs = Date.now();
    // Each keyframe costs all viewers of the share a burst of bits.
    if (this.health.isMuted || nowMs - this.keyframeAskedMs < KEYFRAME_REQUEST_SPACING_MS) return false;
    this.keyframeAskedMs = nowMs;
    this.connection.requestKeyframe();
    return true;
  }

  /** Runs a step that touches the disk. If it fails, the recording ends, not the process. */
  private write<T>(step: () => T): T | undefined {
    if (this.ending !== undefined) return undefined;
    this.writer.frozenSinceMs = this.losses.frozenFromMs;
    try {
      return step();
    } catch (error) {
      this.abandon();
      const reason = isDiskFull(error) ? 'disk-full' : 'failed';
      this.finish(reason, `The buffer could not be written: ${messageOf(error)}`);
      return undefined;
    }
  }

  private abandon(): void {
    try {
      this.writer.abandon();
    } catch (error) {
      const fields = { ...this.ids, error: messageOf(error) };
      this.options.log('warn', fields, 'the playlist could not be finalised');
    }
  }

  private end(reason: RecordingEnd, detail?: string): void {
    if (this.ending !== undefined) return;
    this.intake.release();
    const nowMs = Date.now();
    this.write(() =>
      this.writer.end(nowMs, Math.min(this.health.endsAtMs(nowMs), this.interruptedMs ?? nowMs)),
    );
    this.finish(reason, detail);
  }

  /** Ends the recording for whichever reason comes first; later calls do nothing. */
  private finish(reason: RecordingEnd, detail: string | undefined): void {
    if (this.ending !== undefined) return;
    this.reportLosses();
    this.ending = this.release();
    if (!this.hasStarted) return;
    const nowMs = Date.now();
    this.reportCounts(nowMs);
    const { emit, log } = this.options;
    const losses = this.losses.losses(this.shownUntilMs(nowMs));
    log('info', { ...this.ids, reason, detail, ...losses }, 'recording ended');
    emit({ ...this.ids, type: 'ended', reason, detail });
  }

  private async release(): Promise<void> {
    this.endTicks?.();
    for (const timer of this.timers) clearTimeout(timer);
    try {
      await Promise.all([this.connection.close(), this.voices.close()]);
    } catch (error) {
      const fields = { ...this.ids, error: messageOf(error) };
      this.options.log('warn', fields, 'the media connection did not close cleanly');
    }
  }
}
