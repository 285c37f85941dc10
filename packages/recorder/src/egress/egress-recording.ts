import { AppError } from '@hindsight/shared/errors';
import { EgressStatus, type EgressInfo } from 'livekit-server-sdk';
import { END_LINE } from '../segments/hls-playlist.ts';
import type { RecorderLog } from '../recorder-log.ts';
import type { RecorderEvent, RecordingEnd, RecordingRequest, RecordingStatus } from '../recorder.port.ts';
import { findBlackTail, type BlackTail, type MeasureBlackTail } from './trim-black-tail.ts';
import type { EgressFiles } from './egress-files.ts';
import { EgressSegments, type EgressSegment } from './egress-segments.ts';
import type { EgressService } from './egress-service.ts';
import { phaseOf, laterState, toEgressState, type EgressState } from './egress-state.ts';
import type { EgressTiming } from './egress-timing.ts';
import { askShareState } from './share-state.ts';
import { TailWaiters } from './tail-waiters.ts';
import { Waker } from './waker.ts';

export interface EgressRecordingDeps {
  service: EgressService;
  timing: EgressTiming;
  emit: (event: RecorderEvent) => void;
  measureBlackTail: MeasureBlackTail | undefined;
  log: RecorderLog | undefined;
  files: EgressFiles;
}

/** This is an event without the ids of its recording. */
type EventBody = RecorderEvent extends infer Event
  ? Event extends RecorderEvent
    ? Omit<Event, 'egressId' | 'sessionId'>
    : never
  : never;

interface Ending {
  reason: RecordingEnd;
  detail?: string;
}

/**
 * Follows one egress from its start to its end. One loop does everything in turn: it reads the playlists, asks LiveKit, and
 * decides. Webhooks, stops and flushes only record a request and wake the loop.
 */
export class EgressRecording {
  readonly egressId: string;
  private readonly request: RecordingRequest;
  private readonly deps: EgressRecordingDeps;
  private readonly files: EgressFiles;
  private readonly segments = new EgressSegments();
  private readonly waker = new Waker();
  private readonly ended = Promise.withResolvers<void>();
  private readonly tail = new TailWaiters();

  private state: EgressState | null = null;
  private isStartReported = false;
  private isDegraded = false;
  private isEnded = false;
  /** The segments that were reported. Those that already exist when a recording is resumed are added without an event. */
  private reported = new Set<string>();
  private isCatchingUp: boolean;
  private lastBucketError = '';

  private readonly beganMs = Date.now();
  private lastSegmentMs = Date.now();
  private askAtMs = 0;
  private checkAtMs = 0;
  private workerLeftMs: number | null = null;
  /** The egress was first seen to be ending then. */
  private endingMs: number | null = null;
  private stopping: { ending: Ending; askedMs: number | null; failed: PromiseWithResolvers<never> } | null =
    null;

  /** Prepares to follow an egress; `run` begins. @param isResumed whether an earlier process of ours began the recording */
  constructor(egressId: string, request: RecordingRequest, deps: EgressRecordingDeps, isResumed: boolean) {
    this.egressId = egressId;
    this.request = request;
    this.deps = deps;
    this.files = deps.files;
    this.isCatchingUp = isResumed;
  }

  get status(): RecordingStatus {
    const { sessionId, room, identity } = this.request;
    const firstFrameMs = this.isStartReported ? (this.state?.firstFrameMs ?? null) : null;
    return {
      egressId: this.egressId,
      sessionId,
      room,
      identity,
      isDegraded: this.isDegraded,
      ...(firstFrameMs === null ? {} : { startedAtMs: firstFrameMs }),
    };
  }

  /** Takes a report of LiveKit. Old, repeated and overtaken ones change nothing. */
  receive(info: EgressInfo): void {
    const news = toEgressState(info);
    this.state = this.state === null ? news : laterState(this.state, news);
    if (this.state.firstFrameMs !== null) this.segments.setFirstFrame(this.state.firstFrameMs);
    this.waker.wake();
  }

  /** Notes that the worker has left the room: the egress has ended, or its worker died. */
  noteWorkerLeft(): void {
    this.workerLeftMs ??= Date.now();
    this.askAtMs = 0;
    this.waker.wake();
  }

  /** Stops the recording. @throws AppError RECORDER_UNAVAILABLE when LiveKit can't be told; the recording then goes on */
  async stop(): Promise<void> {
    await this.end({ reason: 'stopped' });
  }

  /** Ends the recording for us, whatever becomes of the egress. */
  abandon(): Promise<void> {
    return this.finish({ reason: 'stopped' });
  }

  /**
   * Resolves when everything received by now is published, or no longer expected. Resolves with the time up to which media
   * are readable (epoch ms), null when there are none.
   */
  async flush(): Promise<number | null> {
    const toMs = Date.now();
    if (!this.isEnded && !this.isDegraded && (this.segments.endMs ?? 0) < toMs)
      await this.tail.wait(toMs, this.deps.timing.tailMs);
    return this.segments.endMs;
  }

  /** Runs until the recording has ended. It never rejects. */
  async run(): Promise<void> {
    let lastFailure = '';
    while (!this.isEnded) {
      try {
        await this.step();
        lastFailure = '';
      } catch (error) {
        const failure = String(error);
        if (failure !== lastFailure) this.warn(error, 'the state of an egress could not be read');
        lastFailure = failure;
      }
      if (!this.isEnded) await this.waker.sleep(this.deps.timing.pollMs);
    }
  }

  private async step(): Promise<void> {
    await this.publishNew();
    if (this.segments.isClockMissing) this.askAtMs = Math.min(this.askAtMs, Date.now());
    await this.ask();
    if (this.isEnded) return;
    this.reportStart();
    if (this.state !== null && phaseOf(this.state) === 'over')
      return this.finish(await this.endingOf(this.state));
    if (this.stopping !== null) return this.continueStopping();
    const ending = await this.watch();
    if (ending !== null) await this.finish(ending);
  }

  /** Publishes the new segments of egress' playlists. */
  private async publishNew(): Promise<void> {
    const playlists = await this.files.readIfChanged();
    this.warnOfBucketError();
    if (playlists !== null) this.segments.take(playlists);
    const fresh = this.unreported();
    if (fresh.length === 0) return;
    this.segments.dropDeleted(await this.files.names());
    await this.files.publish(this.segments, false);
    await this.report(fresh);
    this.lastSegmentMs = Date.now();
    this.setDegraded(false);
    this.tail.reached(this.segments.endMs ?? 0);
  }

  private warnOfBucketError(): void {
    const { bucketError } = this.files;
    const message = bucketError?.message ?? '';
    if (bucketError !== undefined && message !== this.lastBucketError)
      this.warn(bucketError, 'what an egress uploads could not be fetched');
    this.lastBucketError = message;
  }

  private async report(segments: readonly EgressSegment[]): Promise<void> {
    for (const segment of segments) {
      const { file, fromMs, toMs } = segment;
      this.reported.add(file);
      const sizeBytes = await this.files.sizeOf(segment);
      if (!this.isCatchingUp) this.emit({ type: 'segment', fromMs, toMs, sizeBytes });
    }
    this.isCatchingUp = false;
  }

  private async ask(): Promise<void> {
    const { askMs, askSoonMs } = this.deps.timing;
    if (Date.now() < this.askAtMs) return;
    const isQuiet = phaseOf(this.state) === 'active' && this.stopping === null;
    // The next time is set before the question, so that a failure waits for its turn like an answer.
    this.askAtMs = Date.now() + (isQuiet && !this.segments.isClockMissing ? askMs : askSoonMs);
    const info = await this.deps.service.find(this.egressId);
    if (info === null)
      await this.finish({ reason: 'failed', detail: 'LiveKit does not know the egress any more' });
    else this.receive(info);
  }

  private reportStart(): void {
    const startedAtMs = this.state?.firstFrameMs ?? null;
    if (this.isStartReported || startedAtMs === null) return;
    this.isStartReported = true;
    this.emit({ type: 'started', startedAtMs });
  }

  /** Returns how the recording ended if it is over without a report of that; otherwise null. */
  private async watch(): Promise<Ending | null> {
    const { workerLeftMs, startMs, stopMs, stallMs, checkMs, hungMs } = this.deps.timing;
    const nowMs = Date.now();
    const phase = phaseOf(this.state);
    if (this.state !== null && phase === 'ending') {
      // It has said why it ends. That it is over is reported about a second later, or never if its worker dies.
      this.endingMs ??= nowMs;
      return nowMs - this.endingMs > stopMs ? this.endingOf(this.state) : null;
    }
    if (this.workerLeftMs !== null && nowMs - this.workerLeftMs > workerLeftMs)
      return { reason: 'failed', detail: 'its worker has left the room without reporting an end' };
    if (phase === 'starting') {
      if (nowMs - this.beganMs > startMs)
        this.beginStopping({ reason: 'failed', detail: 'it did not start' });
      return null;
    }
    const stalledMs = nowMs - this.lastSegmentMs;
    if (stalledMs <= stallMs) return null;
    this.setDegraded(true);
    if (nowMs < this.checkAtMs) return null;
    this.checkAtMs = nowMs + checkMs;
    const share = await this.share();
    if (share === 'left') this.beginStopping({ reason: 'participant-left' });
    else if (share === 'unpublished') this.beginStopping({ reason: 'share-ended' });
    else if (
      share === 'on' &&
      (await this.deps.service.participant(this.request.room, this.egressId)) === null
    )
      return { reason: 'failed', detail: 'its worker is not in the room any more' };
    // While the bucket can't be reached, uploads may still be on their way.
    else if (stalledMs > hungMs && this.files.bucketError === undefined)
      this.beginStopping({ reason: 'failed', detail: 'it publishes nothing' });
    return null;
  }

  private async end(ending: Ending): Promise<void> {
    if (this.isEnded) return this.ended.promise;
    const { failed } = this.beginStopping(ending);
    await Promise.race([this.ended.promise, failed.promise]);
  }

  private beginStopping(ending: Ending) {
    const failed = Promise.withResolvers<never>();
    // Often nobody waits for this promise.
    failed.promise.catch(() => undefined);
    this.stopping ??= { ending, askedMs: null, failed };
    this.waker.wake();
    return this.stopping;
  }

  private async continueStopping(): Promise<void> {
    const { stopping } = this;
    if (stopping === null) return;
    if (stopping.askedMs !== null) {
      // The egress has not reported its end, so no more segments are expected.
      if (Date.now() - stopping.askedMs > this.deps.timing.stopMs) await this.finish(stopping.ending);
      return;
    }
    try {
      const answer = await this.deps.service.stop(this.egressId);
      if (answer === 'unknown' || answer === 'dead') return await this.finish(stopping.ending);
      stopping.askedMs = Date.now();
      this.askAtMs = 0;
      this.waker.wake();
    } catch (error) {
      this.stopping = null;
      stopping.failed.reject(new AppError('RECORDER_UNAVAILABLE', { cause: error }));
    }
  }

  /** Returns why an egress that reports its end has ended. */
  private async endingOf({ status, explanation }: EgressState): Promise<Ending> {
    if (this.stopping !== null) return this.stopping.ending;
    const share = await this.share();
    const detail = explanation;
    if (share === 'left') return { reason: 'participant-left', detail };
    if (share === 'unpublished') return { reason: 'share-ended', detail };
    // LiveKit can't be asked, and an egress completes by itself when its source ends.
    const isOrderly = share === 'unknown' && status === EgressStatus.EGRESS_COMPLETE;
    return { reason: isOrderly ? 'share-ended' : 'failed', detail };
  }

  private async finish(ending: Ending): Promise<void> {
    if (this.isEnded) return this.ended.promise;
    this.isEnded = true;
    let { reason } = ending;
    try {
      await this.readToTheEnd();
      const black = await this.findBlackTail();
      if (black !== null) this.segments.cutAt(black.cutMs);
      if (black?.hasVanished === true && reason === 'participant-left') reason = 'connection-lost';
      this.segments.dropDeleted(await this.files.names());
      await this.files.publish(this.segments, true);
      await this.report(this.unreported());
      await this.files.finish();
    } catch (error) {
      this.warn(error, 'the end of an egress could not be published');
    }
    this.emit({ ...ending, type: 'ended', reason });
    this.tail.reached(Number.POSITIVE_INFINITY);
    this.ended.resolve();
    this.waker.wake();
  }

  /**
   * Reads until the playlist is final. The last segments follow within moments of a clean end, but over a network they may
   * become visible later.
   */
  private async readToTheEnd(): Promise<void> {
    const isClean = this.state?.status === EgressStatus.EGRESS_COMPLETE;
    const deadlineMs = Date.now() + this.deps.timing.stopMs;
    let playlists = await this.files.reread();
    const isAwaited = () => this.files.bucketError !== undefined || (isClean && !isFinal(playlists.full));
    while (isAwaited() && Date.now() < deadlineMs) {
      await this.waker.sleep(this.deps.timing.pollMs);
      playlists = await this.files.reread();
    }
    this.warnOfBucketError();
    this.segments.take(playlists);
    this.reportStart();
  }

  private async findBlackTail(): Promise<BlackTail | null> {
    const { measureBlackTail } = this.deps;
    if (measureBlackTail === undefined) return null;
    const share = await this.share();
    try {
      return await findBlackTail(
        { segments: this.segments.all, share },
        (file) => this.files.path(file),
        measureBlackTail,
      );
    } catch (error) {
      this.warn(error, 'could not look for black at the end of a recording');
      return null;
    }
  }

  private share() {
    return askShareState(this.deps.service, this.request);
  }

  private setDegraded(isDegraded: boolean): void {
    if (this.isDegraded === isDegraded) return;
    this.isDegraded = isDegraded;
    this.emit({ type: 'degraded', isDegraded });
    // Nobody knows when anything more will come.
    if (isDegraded) this.tail.reached(Number.POSITIVE_INFINITY);
  }

  private unreported(): EgressSegment[] {
    return this.segments.all.filter(({ file }) => !this.reported.has(file));
  }

  private emit(news: EventBody): void {
    this.deps.emit({ ...news, egressId: this.egressId, sessionId: this.request.sessionId });
  }

  private warn(error: unknown, message: string): void {
    this.deps.log?.warn({ err: error, egressId: this.egressId }, message);
  }
}

function isFinal(playlist: string): boolean {
  return playlist.endsWith(END_LINE);
}
