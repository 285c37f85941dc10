import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beepOnsets, burntClock } from '@hindsight/rig/media/clip-probe';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { createEmbeddedRecorder } from '../embedded.recorder.ts';
import type { Recorder, RecorderEvent, RecordingStatus } from '../recorder.port.ts';
import { CLOCK_STRIP } from './h264-picture.ts';
import { LivekitRelay } from './livekit-relay.ts';
import { SyntheticPublisher, type SyntheticPublisherOptions } from './synthetic-publisher.ts';

/** A segment as the recording's playlist lists it. Times are in epoch ms. */
export interface RecordedPiece {
  fromMs: number;
  toMs: number;
  isDiscontinuity: boolean;
}

/** A picture of the recording, with the time at which the playlist shows it and the time at which it was drawn. */
export interface RecordedPicture {
  wallMs: number;
  burntMs: number | null;
}

/** The picture is as small as its clock, because it is decoded often. */
const PICTURE = { width: 640, height: 64 };
const PLAYLIST_HEAD = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:60\n';

/** A share from a synthetic publisher, recorded through a relay that can do what networks do. */
export class RecordedShare {
  readonly livekit: LivekitRig;
  readonly relay: LivekitRelay;
  readonly publisher: SyntheticPublisher;
  readonly events: RecorderEvent[] = [];
  private readonly recorder: Recorder;
  private readonly directory: string;
  private egressId = '';

  private constructor(
    livekit: LivekitRig,
    relay: LivekitRelay,
    publisher: SyntheticPublisher,
    directory = mkdtempSync(join(tmpdir(), 'recorded-share-')),
  ) {
    this.directory = directory;
    this.livekit = livekit;
    this.relay = relay;
    this.publisher = publisher;
    this.recorder = createEmbeddedRecorder({ ...livekit, livekitUrl: relay.url, segmentMs: 2000 });
    this.recorder.subscribe((event) => this.events.push(event));
  }

  /**
   * Starts the share and its recording, in a folder of its own or in one that is missing or empty. Resolves when the recording has been
   * requested.
   */
  static async start({
    directory,
    ...options
  }: Pick<SyntheticPublisherOptions, 'hasAudio' | 'clockErrorMs' | 'mediaErrorMs'> & {
    directory?: string;
  } = {}): Promise<RecordedShare> {
    const livekit = await startLivekit();
    const relay = await LivekitRelay.start(livekit);
    const who = { livekit, room: 'room', identity: 'alice', name: 'screen', comesBack: true, video: PICTURE };
    const publisher = await SyntheticPublisher.start({ ...who, ...options });
    const share = new RecordedShare(livekit, relay, publisher, directory);
    await share.record();
    return share;
  }

  private async record(): Promise<void> {
    const { videoTrackSid, audioTrackSid, room, identity } = this.publisher;
    const { egressId } = await this.recorder.start({
      room,
      identity,
      videoTrackSid,
      ...(audioTrackSid === undefined ? {} : { audioTrackSid }),
      sessionId: 'session',
      quality: '720p',
      destination: this.directory,
    });
    this.egressId = egressId;
  }

  get playlistFile(): string {
    return join(this.directory, 'full.m3u8');
  }

  async status(): Promise<RecordingStatus> {
    const [status] = await this.recorder.list();
    if (status === undefined) throw new Error(`the recording ended: ${JSON.stringify(this.events.at(-1))}`);
    return status;
  }

  /** Returns until when media are readable; 0 while there are none. */
  async readableToMs(): Promise<number> {
    await this.status();
    return (await this.recorder.flush(this.egressId)).readableToMs ?? 0;
  }

  /** Returns when the newest readable picture was drawn; 0 while there are none. */
  async newestPictureMs(): Promise<number> {
    if ((await this.readableToMs()) === 0) return 0;
    // Only the last segment is read, with an end in the playlist: otherwise ffmpeg would wait for more.
    const text = readFileSync(this.playlistFile, 'utf8');
    const init = text.match(/^#EXT-X-MAP:.*\n/gm)?.at(-1) ?? '';
    const piece = text.slice(text.lastIndexOf('#EXT-X-PROGRAM-DATE-TIME'));
    const file = join(this.directory, 'now.m3u8');
    writeFileSync(file, `${PLAYLIST_HEAD}${init}${piece}#EXT-X-ENDLIST\n`);
    return (await burntClock(file, CLOCK_STRIP)).at(-1)?.burntMs ?? 0;
  }

  async stop(): Promise<void> {
    await this.recorder.stop(this.egressId);
  }

  pieces(): RecordedPiece[] {
    const pattern =
      /(#EXT-X-DISCONTINUITY\n)?(?:#EXT-X-MAP.*\n)?#EXT-X-PROGRAM-DATE-TIME:(.*)\n#EXTINF:(.*),\n/g;
    return [...readFileSync(this.playlistFile, 'utf8').matchAll(pattern)].map(
      ([, discontinuity, time = '', seconds]) => ({
        fromMs: Date.parse(time),
        toMs: Date.parse(time) + Number(seconds) * 1000,
        isDiscontinuity: discontinuity !== undefined,
      }),
    );
  }

  /** Returns the gaps of the timeline that are longer than rounding. */
  gaps(): { fromMs: number; lengthMs: number }[] {
    const pieces = this.pieces();
    return pieces.slice(1).flatMap(({ fromMs }, i) => {
      const lengthMs = fromMs - (pieces[i]?.toMs ?? 0);
      return Math.abs(lengthMs) > 3 ? [{ fromMs: fromMs - lengthMs, lengthMs }] : [];
    });
  }

  async pictures(): Promise<RecordedPicture[]> {
    const frames = await burntClock(this.playlistFile, CLOCK_STRIP);
    const zeroMs = (this.pieces()[0]?.fromMs ?? 0) - (frames[0]?.ptsMs ?? 0);
    return frames.map(({ ptsMs, burntMs }) => ({ wallMs: zeroMs + ptsMs, burntMs }));
  }

  /** Returns when the beeps of the recording begin, in epoch ms. */
  async beepsMs(): Promise<number[]> {
    const [first] = await burntClock(this.playlistFile, CLOCK_STRIP);
    const zeroMs = (this.pieces()[0]?.fromMs ?? 0) - (first?.ptsMs ?? 0);
    return (await beepOnsets(this.playlistFile)).map((ms) => zeroMs + ms);
  }

  async close(): Promise<void> {
    await this.publisher.close();
    await this.recorder.close();
    this.relay.close();
    await this.livekit.stop();
    rmSync(this.directory, { recursive: true });
  }
}
