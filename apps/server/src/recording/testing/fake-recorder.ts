import { randomUUID } from 'node:crypto';
import {
  NO_LOSSES,
  type Recorder,
  type RecorderEvent,
  type RecordingEnd,
  type RecordingRequest,
} from '@hindsight/recorder/recorder.port';

type Voices = Parameters<Recorder['setVoices']>[1];

/** This recorder has no media; tests tell it what happens to its recordings. */
export class FakeRecorder implements Recorder {
  flushesAtOnce = true;
  supportsVoices = true;
  /** Runs before each change of voices; it may wait or throw. */
  beforeVoices: (egressId: string, next: Voices) => Promise<void> = async () => undefined;
  /** Counts the changes of voices. */
  voiceChanges = 0;
  readonly requests: RecordingRequest[] = [];
  readonly flushed: string[] = [];
  /** Runs before each start answers; it may wait or throw. */
  beforeStart: (request: RecordingRequest) => Promise<void> = async () => undefined;
  private readonly recordings = new Map<string, RecordingRequest>();
  private readonly voices = new Map<string, Voices>();
  private readonly outlived = new Map<string, RecordingRequest>();
  /** These sessions wait for their share to come back. */
  readonly waiting = new Set<string>();
  private readonly listeners = new Set<(event: RecorderEvent) => void>();

  async start(request: RecordingRequest): Promise<{ egressId: string }> {
    this.requests.push(request);
    await this.beforeStart(request);
    const egressId = `rec_${randomUUID()}`;
    this.recordings.set(egressId, request);
    return { egressId };
  }

  async adopt({ egressId, ...request }: RecordingRequest & { egressId: string }): Promise<boolean> {
    const outlived = this.outlived.get(egressId);
    if (outlived !== undefined) this.recordings.set(egressId, request);
    return this.outlived.delete(egressId);
  }

  /** Lets a recording of a dead process continue, as an engine with a process of its own does. */
  outlive(of: FakeRecorder, sessionId: string): void {
    const { egressId } = of.idsOf(sessionId);
    const request = of.recordings.get(egressId);
    if (request !== undefined) this.outlived.set(egressId, request);
  }

  async stop(egressId: string): Promise<void> {
    const request = this.recordings.get(egressId);
    if (request !== undefined) this.end(request.sessionId, 'stopped');
  }

  async flush(egressId: string): Promise<{ readableToMs: number | null }> {
    this.flushed.push(egressId);
    return { readableToMs: null };
  }

  async setVoices(egressId: string, voices: Voices): Promise<void> {
    this.voiceChanges += 1;
    await this.beforeVoices(egressId, voices);
    this.voices.set(egressId, voices);
  }

  async ping(): Promise<void> {}

  async list() {
    const all = [...this.recordings, ...this.outlived];
    return all.map(([egressId, { sessionId, room, identity, videoTrackSid }]) => ({
      egressId,
      sessionId,
      room,
      identity,
      videoTrackSid,
      isDegraded: false,
      isWaiting: this.waiting.has(sessionId),
      losses: NO_LOSSES,
    }));
  }

  subscribe(listener: (event: RecorderEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    for (const { sessionId } of this.recordings.values()) this.end(sessionId, 'stopped');
  }

  /** Returns the session ids of what is being recorded now. */
  get recording(): string[] {
    return [...this.recordings.values()].map(({ sessionId }) => sessionId);
  }

  /** Returns whose voices a session keeps, and whose it has deleted. */
  voicesOf(sessionId: string): Voices {
    return this.voices.get(this.idsOf(sessionId).egressId) ?? { keep: [], forget: [] };
  }

  started(sessionId: string, startedAtMs: number): void {
    this.emit({ type: 'started', startedAtMs, ...this.idsOf(sessionId) });
  }

  degraded(sessionId: string, isDegraded: boolean): void {
    this.emit({ type: 'degraded', isDegraded, ...this.idsOf(sessionId) });
  }

  /** Continues a recording under another track SID. */
  moved(sessionId: string, videoTrackSid: string): void {
    const ids = this.idsOf(sessionId);
    const request = this.recordings.get(ids.egressId);
    if (request !== undefined) this.recordings.set(ids.egressId, { ...request, videoTrackSid });
    this.emit({ type: 'moved', videoTrackSid, ...ids });
  }

  segment(sessionId: string, fromMs: number, toMs: number): void {
    this.emit({ type: 'segment', fromMs, toMs, sizeBytes: 1000, ...this.idsOf(sessionId) });
  }

  end(sessionId: string, reason: RecordingEnd): void {
    const ids = this.idsOf(sessionId);
    this.recordings.delete(ids.egressId);
    this.emit({ type: 'ended', reason, ...ids });
  }

  /** Drops all recordings without an event, as a killed process does. */
  loseAll(): void {
    this.recordings.clear();
  }

  private idsOf(sessionId: string): { egressId: string; sessionId: string } {
    for (const [egressId, request] of this.recordings)
      if (request.sessionId === sessionId) return { egressId, sessionId };
    return { egressId: `rec_unknown_${sessionId}`, sessionId };
  }

  private emit(event: RecorderEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
