import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SegmentsInfo } from '@livekit/protocol';
import { EgressInfo, EgressStatus, type TrackCompositeEgressRequest } from 'livekit-server-sdk';
import { RECORDED_LATE_MS, RECORDED_MEDIA } from './recorded.ts';

export interface PlayedEgressOptions {
  egressId: string;
  request: TrackCompositeEgressRequest;
  /** Translates a path as egress sees it into a path here. */
  here: (path: string) => string;
  /** Uploads its files when its request names a bucket. */
  upload?: ((key: string, bytes: Buffer) => Promise<void>) | undefined;
  speed: number;
  /** Whether segments are listed with the duration of their media or with the time they took. */
  clock: 'media' | 'wall';
  /** Called on each change of status. */
  onChange: (egress: PlayedEgress) => void;
  /** Returns how long it takes from its last segment to the report of its end. */
  endingMs: () => number;
  /** Called when the recorded media end. */
  onMediaOver: () => void;
}

interface Playing {
  name: string;
  fromMs: number;
  durationMs: number;
}

const ACTIVE_AFTER_MS = 1000;
const WRONG_TRACK_MS = 30_000;
/** The encoder is behind by this much. */
const PIPELINE_MS = 700;
const LEAST_PARTIAL_MS = 500;
const LIVE_ENTRIES = 5;
const UPLOAD_RETRY_MS = 1000;

/**
 * One egress that behaves as the real one does, on disk and in its answers: a segment is published when the next one is
 * complete and copied in place; playlists are truncated and written again; its clock is late. It plays the recorded media
 * over and over.
 */
export class PlayedEgress {
  readonly info: EgressInfo;
  readonly startedAtMs = Date.now();
  private readonly options: PlayedEgressOptions;
  private readonly published: Playing[] = [];
  private readonly dead = new AbortController();
  private nextIndex = 0;
  private nextFromMs = 0;
  private publishing = Promise.resolve();
  private isStalled = false;
  private closed: Promise<void> | null = null;
  private life = Promise.resolve();

  constructor(options: PlayedEgressOptions) {
    this.options = options;
    const { egressId, request } = options;
    this.info = new EgressInfo({
      egressId,
      roomName: request.roomName,
      startedAt: nanoseconds(this.startedAtMs),
      updatedAt: nanoseconds(this.startedAtMs),
      request: { case: 'trackComposite', value: request },
      segmentResults: [new SegmentsInfo({ playlistName: this.output.playlistName })],
    });
  }

  get output() {
    const [output] = this.options.request.segmentOutputs;
    if (output === undefined) throw new Error('a request has an output');
    return output;
  }

  get isRunning(): boolean {
    return this.info.status < EgressStatus.EGRESS_COMPLETE && !this.dead.signal.aborted;
  }

  /** Starts the egress. @param hasTracks whether anybody publishes what it is to record */
  start(hasTracks: boolean): void {
    this.life = this.unlessDead(hasTracks ? this.record() : this.waitInVain());
  }

  /** Flushes its last segments and completes. */
  async end(details: string): Promise<void> {
    if (!this.isRunning) return;
    this.closed ??= this.unlessDead(this.close(details));
    await this.closed;
  }

  /** Kills its process: what it has not published is lost. */
  killHandler(): void {
    this.dead.abort();
    this.info.error = 'signal: killed';
    this.change(EgressStatus.EGRESS_FAILED);
  }

  /** Kills its whole service: nobody reports that. */
  killService(): void {
    this.dead.abort();
  }

  /** Kills its service and waits until nothing is being written any more. */
  async vanish(): Promise<void> {
    this.killService();
    await Promise.all([this.life, this.closed]);
  }

  get isServiceDead(): boolean {
    return this.dead.signal.aborted && this.info.status < EgressStatus.EGRESS_COMPLETE;
  }

  /** Loses its video but not its sound: nothing is written any more, and it stays ACTIVE. */
  stall(): void {
    this.isStalled = true;
  }

  /** Ignores failures of a process that was killed meanwhile. */
  private async unlessDead(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!this.dead.signal.aborted) throw error;
    }
  }

  private async waitInVain(): Promise<void> {
    await this.pass(WRONG_TRACK_MS);
    this.info.error = 'track not found';
    this.change(EgressStatus.EGRESS_FAILED);
  }

  private async record(): Promise<void> {
    await this.pass(ACTIVE_AFTER_MS);
    if (this.closed !== null) return;
    const [result] = this.info.segmentResults;
    if (result !== undefined) result.startedAt = nanoseconds(this.startedAtMs);
    this.change(EgressStatus.EGRESS_ACTIVE);
    // Times count from the start and not from now, because the delays of a busy machine would add up.
    for (;;) {
      const { fromMs, durationMs } = this.current();
      const nextMs = this.mediaAt(this.nextIndex + 1).durationMs;
      await this.passUntil(fromMs + durationMs + nextMs + PIPELINE_MS);
      if (this.isStalled || this.closed !== null) return;
      this.publishing = this.publish(this.current());
      await this.publishing;
      if (this.nextIndex === RECORDED_MEDIA.length - 1) this.options.onMediaOver();
    }
  }

  private async close(details: string): Promise<void> {
    if (this.info.status === EgressStatus.EGRESS_STARTING) {
      this.info.error = 'Stop called before pipeline could start';
      this.change(EgressStatus.EGRESS_ABORTED);
      return;
    }
    this.info.details = `End reason: ${details}`;
    this.change(EgressStatus.EGRESS_ENDING);
    await this.publishing;
    if (!this.isStalled) {
      // These are the complete segment that waited for the next one, and that next one as far as it has come.
      const recordedMs = (Date.now() - this.startedAtMs) * this.options.speed;
      while (this.nextFromMs + LEAST_PARTIAL_MS < recordedMs && this.nextIndex < this.published.length + 2) {
        const entry = this.current();
        await this.publish({ ...entry, durationMs: Math.min(entry.durationMs, recordedMs - entry.fromMs) });
        if (this.published.length % RECORDED_MEDIA.length === 0) break;
      }
    }
    await this.writePlaylists(true);
    await this.pass(this.options.endingMs());
    this.change(EgressStatus.EGRESS_COMPLETE);
  }

  private mediaAt(index: number) {
    const media = RECORDED_MEDIA[index % RECORDED_MEDIA.length];
    if (media === undefined) throw new Error('there is media');
    return media;
  }

  private current(): Playing {
    const name = `${this.output.filenamePrefix}_${String(this.nextIndex).padStart(5, '0')}.ts`;
    return { name, fromMs: this.nextFromMs, durationMs: this.mediaAt(this.nextIndex).durationMs };
  }

  private async publish(entry: Playing): Promise<void> {
    const bytes = await readFile(this.mediaAt(this.nextIndex).path);
    this.nextIndex += 1;
    this.nextFromMs += entry.durationMs;
    await this.put(entry.name, bytes);
    this.published.push(entry);
    await this.writePlaylists(false);
  }

  private async writePlaylists(isFinal: boolean): Promise<void> {
    const folder = dirname(this.output.filenamePrefix);
    const end = isFinal ? '#EXT-X-ENDLIST\n' : '';
    const full = `${head(0, '#EXT-X-PLAYLIST-TYPE:EVENT\n')}${this.entries(this.published)}${end}`;
    await this.put(`${folder}/${this.output.playlistName}`, Buffer.from(full));
    const newest = this.published.slice(-LIVE_ENTRIES);
    const live = `${head(this.published.length - newest.length, '')}${this.entries(newest)}${end}`;
    await this.put(`${folder}/${this.output.livePlaylistName}`, Buffer.from(live));
  }

  private entries(listed: readonly Playing[]): string {
    const scale = this.options.clock === 'media' ? 1 : 1 / this.options.speed;
    const lines = listed.map(({ name, fromMs, durationMs }) => {
      const time = new Date(this.startedAtMs + (RECORDED_LATE_MS + fromMs) * scale).toISOString();
      const short = time.replace(/\.?0+Z$/, 'Z');
      const file = name.slice(name.lastIndexOf('/') + 1);
      return `#EXT-X-PROGRAM-DATE-TIME:${short}\n#EXTINF:${((durationMs * scale) / 1000).toFixed(3)},\n${file}\n`;
    });
    return lines.join('');
  }

  /** Uploads a file; uploads are tried again for as long as the egress lives, and in order. */
  private async put(name: string, bytes: Buffer): Promise<void> {
    const { here, upload } = this.options;
    if (this.output.output.case !== 's3') return this.writeInPlace(here(name), bytes);
    if (upload === undefined) throw new Error('there is no bucket');
    for (;;) {
      try {
        return await upload(name, bytes);
      } catch {
        await this.pass(UPLOAD_RETRY_MS);
      }
    }
  }

  /** Truncates a file and writes it bit by bit, as a copy does: a reader can see it empty, or half. */
  private async writeInPlace(path: string, bytes: Buffer): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'w');
    try {
      const half = Math.ceil(bytes.length / 2);
      for (const part of [bytes.subarray(0, half), bytes.subarray(half)]) {
        await this.pass(20);
        await file.write(part);
      }
    } finally {
      await file.close();
    }
  }

  private change(status: EgressStatus): void {
    this.info.status = status;
    const lastNs = this.info.updatedAt;
    const nowNs = nanoseconds(Date.now());
    this.info.updatedAt = nowNs > lastNs ? nowNs : lastNs + 1n;
    this.options.onChange(this);
  }

  private pass(ms: number): Promise<void> {
    return sleep(ms / this.options.speed, undefined, { signal: this.dead.signal });
  }

  private passUntil(mediaMs: number): Promise<void> {
    return this.pass(Math.max(0, mediaMs - (Date.now() - this.startedAtMs) * this.options.speed));
  }
}

function head(sequence: number, type: string): string {
  return `#EXTM3U\n#EXT-X-VERSION:4\n${type}#EXT-X-ALLOW-CACHE:NO\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:${sequence}\n`;
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}
