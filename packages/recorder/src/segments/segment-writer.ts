import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fragment, type Sample } from '@hindsight/mp4/fragments/fragment-writer';
import type { PlaylistEntry } from './hls-playlist.ts';
import { initSegment } from '@hindsight/mp4/fragments/init-segment';
import { VIDEO_RATE, OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { isSameConfig, type VideoConfig } from '@hindsight/mp4/fragments/video-config';
import { OpusTimeline } from './opus-timeline.ts';
import { type Picture } from '../codecs/picture.ts';
import { plausibleMs } from './plausible-time.ts';
import { PendingBytes } from './pending-bytes.ts';
import { PlaylistFiles } from './playlist-files.ts';
import { SegmentFile } from './segment-file.ts';

interface WrittenSegment {
  fromMs: number;
  toMs: number;
  sizeBytes: number;
}

export interface SegmentWriterOptions {
  destination: string;
  /** A segment is cut at the first keyframe after about this long. */
  segmentMs: number;
  hasAudio: boolean;
  /** Called when a segment is due to be cut, and repeatedly until a keyframe comes. */
  requestKeyframe: () => void;
  onStarted: (startedAtMs: number) => void;
  onSegment: (segment: WrittenSegment) => void;
}

/**
 * Fragments are written this often. Everything received is readable within a second, even after a `kill -9`; the rest of that
 * second is for late packets and a busy thread.
 */
const FRAGMENT_MS = 800;
/** A cut waits this long for the sound that belongs before it. */
const SOUND_WAIT_MS = 500;
/** When no sound comes for this long, it is silence, not delay. */
const SILENCE_AFTER_MS = 1000;
/** A duration has 32 bits in MP4, which are 13 hours. */
const MAX_DURATION = 0xffff_ffff;
const KEYFRAME_RETRY_MS = 700;
/** A keyframe comes about this long after it was asked for. */
const KEYFRAME_DELAY_MS = 100;
/** A configuration that follows the one before it sooner than this is skipped. */
const MIN_CONFIG_TIME = VIDEO_RATE / 4;
/** A keyframe that comes this much early is as good as the one that would be asked for. */
const EARLY_CUT_MS = 150;

interface OpenSegment {
  file: SegmentFile;
  name: string;
  initFile: string;
  /** The segment starts at this time, in VIDEO_RATE ticks from the start of the recording. */
  startTime: number;
  /** Pictures are written up to this time. */
  endTime: number;
  isDiscontinuity: boolean;
}

interface Cut {
  picture: Sample;
  config: VideoConfig | undefined;
  /** The pictures after the one at which the segment is cut. */
  after: Sample[];
  sinceMs: number;
}

/**
 * Writes pictures and sound of one recording as fragmented MP4 segments and keeps the playlists. Pictures have their own
 * wall-clock times; the timeline never has a hole: a picture lasts until the next one, and a pause in the sound is filled
 * with silence. All given times are in epoch ms. File system errors are thrown.
 */
export class SegmentWriter {
  /** Pictures are missing since this time, which the playlist says; undefined while none is known to be. */
  frozenSinceMs: number | undefined;
  private readonly options: SegmentWriterOptions;
  private readonly playlists: PlaylistFiles;
  private readonly sound = new OpusTimeline();
  /** The time of the first picture in epoch ms, which is zero of both tracks' decode times. */
  private zeroMs: number | undefined;
  private config: VideoConfig | undefined;
  private initCount = 0;
  private segmentCount = 0;
  private fragmentCount = 0;
  private open: OpenSegment | undefined;
  private cut: Cut | undefined;
  /** Recording was interrupted, so the next segment does not continue the last one. */
  private isInterrupted = false;
  /**
   * Whether the current init segment has a sound track (`hasAudio`), and whether the next one shall have one (`wantsAudio`).
   */
  private hasAudio: boolean;
  private wantsAudio: boolean;
  /** The newest closed segment ends at this time, in epoch ms. */
  private closedToMs: number | null = null;
  /** The bytes of pictures and sound that are not yet written. */
  private readonly pending = new PendingBytes();
  /** Pictures and sound of the open segment that are not yet written. */
  private pictures: Sample[] = [];
  private sounds: Sample[] = [];
  /** This is the newest picture of the open segment. If it is already written, its duration is corrected in the file. */
  private last: Sample | undefined;
  private newestTime = -1;
  private lastSoundMs = 0;
  private publishedMs = 0;
  private keyframeAskedMs = 0;
  private configuredTime = -Infinity;
  /** Pictures are skipped until a keyframe comes that may be written. */
  private isFrozen = true;

  constructor(options: SegmentWriterOptions) {
    this.options = options;
    this.hasAudio = options.hasAudio;
    this.wantsAudio = options.hasAudio;
    this.playlists = new PlaylistFiles(options.destination);
    mkdirSync(options.destination, { recursive: true });
  }

  /** Returns false when the picture is skipped; a keyframe has been asked for then. */
  addPicture(coded: Picture, capturedMs: number, nowMs: number): boolean {
    const wallMs = plausibleMs(capturedMs, nowMs);
    // Sender reports may move the clock back by a few ms, but decode times may not go back.
    const sinceStart = Math.round((wallMs - (this.zeroMs ?? wallMs)) * (VIDEO_RATE / 1000));
    const time = Math.max(this.newestTime + 1, sinceStart);
    const config = this.newConfigOf(coded);
    if (this.mustSkip(coded, config, time)) {
      this.options.requestKeyframe();
      return false;
    }
    if (this.zeroMs === undefined) {
      this.zeroMs = wallMs;
      this.lastSoundMs = nowMs;
      this.options.onStarted(Math.round(wallMs));
    }
    this.newestTime = time;
    const picture = pictureSample(coded, time, this.pending);
    // The size changes again while the cut still waits for its sound: a segment has only one configuration.
    if (this.cut !== undefined && config !== undefined) this.rotate(this.cut, nowMs);
    if (this.cut !== undefined) this.cut.after.push(picture);
    else if (this.mustCutAt(picture, config)) this.startCut({ picture, config, after: [], sinceMs: nowMs });
    else this.append(picture);
    this.cutIfDue(nowMs);
    return true;
  }

  addSound(packet: Buffer, capturedMs: number, nowMs: number): void {
    if (this.zeroMs === undefined || (this.open ?? this.cut) === undefined) return;
    if (!this.hasAudio) return this.startSound();
    const wallMs = plausibleMs(capturedMs, nowMs);
    const time = Math.round((wallMs - this.zeroMs) * (OPUS_RATE / 1000));
    if (time < 0) return;
    this.lastSoundMs = nowMs;
    for (const sound of this.sound.push(time, packet))
      this.sounds.push({ ...sound, chunks: this.pending.keep(sound.chunks) });
    this.cutIfDue(nowMs);
  }

  /**
   * Cuts, asks for keyframes and publishes when that is due. To be called every ~20 ms.
   * @param shownUntilMs until when the newest picture is known to have been on the screen
   */
  tick(nowMs: number, shownUntilMs: number): void {
    this.cutIfDue(nowMs);
    if (this.open === undefined) return;
    const isDue = nowMs - this.wallMs(this.open.startTime) >= this.options.segmentMs - KEYFRAME_DELAY_MS;
    if (isDue && this.cut === undefined && nowMs - this.keyframeAskedMs >= KEYFRAME_RETRY_MS) {
      this.keyframeAskedMs = nowMs;
      this.options.requestKeyframe();
    }
    if (nowMs - this.publishedMs >= FRAGMENT_MS) this.publish(nowMs, shownUntilMs);
  }

  /** Makes everything received so far readable. Returns until when that is (epoch ms), null when there is nothing. */
  flush(nowMs: number, shownUntilMs: number): number | null {
    if (this.cut !== undefined) this.rotate(this.cut, nowMs);
    if (this.open === undefined) return this.closedToMs;
    this.publish(nowMs, shownUntilMs, true);
    return Math.round(this.wallMs(this.open.endTime));
  }

  /**
   * Ends the open segment at `endMs`, because nothing came after that. The next picture must be a keyframe and begins after a
   * gap. Returns false when there is nothing to interrupt.
   */
  interrupt(nowMs: number, endMs: number): boolean {
    if (this.cut !== undefined) this.rotate(this.cut, nowMs);
    if (this.open === undefined) return false;
    this.closeAt(this.open, nowMs, endMs);
    this.sounds = [];
    this.isInterrupted = true;
    return true;
  }

  /** Closes the last segment so that it ends at `endMs`, and finalises the playlists. */
  end(nowMs: number, endMs: number): void {
    if (this.cut !== undefined) this.rotate(this.cut, nowMs);
    if (this.open !== undefined) this.closeAt(this.open, nowMs, endMs);
    if (this.zeroMs !== undefined) this.playlists.finish();
  }

  /** Ends the recording after a disk error: what is readable stays so, as far as the disk still allows. */
  abandon(): void {
    const { open } = this;
    this.open = undefined;
    open?.file.close();
    if (open !== undefined && open.endTime > open.startTime) this.playlists.add(this.entryOf(open));
    if (this.zeroMs !== undefined) this.playlists.finish();
  }

  /** Returns the configuration of a keyframe with which another codec, size or set of parameters begins. */
  private newConfigOf(picture: Picture): VideoConfig | undefined {
    const known = this.cut?.config ?? this.config;
    if (!picture.isKey || (known !== undefined && isSameConfig(known, picture.config))) return undefined;
    return picture.config;
  }

  /**
   * Whether a picture is skipped: nothing can be shown before the first keyframe. A publisher that changes its configuration
   * with each picture would also make a file for each, so then the picture freezes until a later keyframe.
   */
  private mustSkip(picture: Picture, config: VideoConfig | undefined, time: number): boolean {
    if (config !== undefined) {
      this.isFrozen = time - this.configuredTime < MIN_CONFIG_TIME;
      if (!this.isFrozen) this.configuredTime = time;
    } else if (picture.isKey) {
      this.isFrozen = false;
    }
    return this.isFrozen;
  }

  /** Handles the first sound of a share that had none: it needs a track in the next init segment. */
  private startSound(): void {
    if (this.wantsAudio) return;
    this.wantsAudio = true;
    this.options.requestKeyframe();
  }

  private closeAt(open: OpenSegment, nowMs: number, endMs: number): void {
    this.setLastPictureEnd(Math.round((endMs - (this.zeroMs ?? 0)) * (VIDEO_RATE / 1000)));
    const endTime = this.last === undefined ? 0 : this.soundTime(endOf(this.last));
    this.fillSilence(nowMs, endTime);
    this.writeFragment(endTime);
    this.closeSegment(open);
  }

  private mustCutAt(picture: Sample, config: VideoConfig | undefined): boolean {
    if (this.open === undefined || config !== undefined) return true;
    if (picture.isKey && this.wantsAudio !== this.hasAudio) return true;
    const ageMs = ((picture.decodeTime - this.open.startTime) * 1000) / VIDEO_RATE;
    return picture.isKey && ageMs >= this.options.segmentMs - EARLY_CUT_MS;
  }

  private append(picture: Sample): void {
    this.setLastPictureEnd(picture.decodeTime);
    this.pictures.push(picture);
    this.last = picture;
  }

  private setLastPictureEnd(time: number): void {
    const { last, open } = this;
    if (last === undefined || open === undefined) return;
    last.duration = Math.min(Math.max(1, time - last.decodeTime), MAX_DURATION);
    if (this.pictures.includes(last)) return;
    open.file.setLastPictureDuration(last.duration);
    open.endTime = endOf(last);
  }

  private startCut(cut: Cut): void {
    this.cut = cut;
    this.setLastPictureEnd(cut.picture.decodeTime);
  }

  private cutIfDue(nowMs: number): void {
    const { cut } = this;
    if (cut === undefined) return;
    const hasItsSound = !this.hasAudio || this.sound.endTime >= this.soundTime(cut.picture.decodeTime);
    if (this.open === undefined || hasItsSound || nowMs - cut.sinceMs >= SOUND_WAIT_MS)
      this.rotate(cut, nowMs);
  }

  /** Closes the open segment before the cut and opens the next one with the cut's picture. */
  private rotate(cut: Cut, nowMs: number): void {
    // Whatever was published meanwhile did not include the pictures after the cut.
    this.publishedMs = Math.min(this.publishedMs, cut.sinceMs);
    const startTime = cut.picture.decodeTime;
    if (this.open !== undefined) {
      this.fillSilence(nowMs, this.soundTime(startTime));
      this.writeFragment(this.soundTime(startTime));
      this.closeSegment(this.open);
    }
    this.cut = undefined;
    const config = cut.config ?? this.config;
    const isNewInit = cut.config !== undefined || this.wantsAudio !== this.hasAudio;
    const isDiscontinuity = this.isInterrupted || (this.config !== undefined && isNewInit);
    if (this.isInterrupted || this.wantsAudio !== this.hasAudio) {
      this.sound.skipTo(this.soundTime(startTime));
      this.lastSoundMs = nowMs;
    }
    this.isInterrupted = false;
    if (config !== undefined && isNewInit) {
      this.config = config;
      this.hasAudio = this.wantsAudio;
      writeFileSync(
        join(this.options.destination, `init_${this.initCount++}.mp4`),
        initSegment(config, this.hasAudio),
      );
    }
    const name = `seg_${String(this.segmentCount++).padStart(6, '0')}.m4s`;
    this.open = {
      file: new SegmentFile(join(this.options.destination, name)),
      name,
      initFile: `init_${this.initCount - 1}.mp4`,
      startTime,
      endTime: startTime,
      isDiscontinuity,
    };
    this.last = undefined;
    for (const picture of [cut.picture, ...cut.after]) this.append(picture);
  }

  private publish(nowMs: number, shownUntilMs: number, isForPlayers = false): void {
    const { open } = this;
    if (open === undefined || this.last === undefined || this.zeroMs === undefined) return;
    this.publishedMs = nowMs;
    if (this.cut === undefined) {
      this.setLastPictureEnd(Math.round((shownUntilMs - this.zeroMs) * (VIDEO_RATE / 1000)));
      this.fillSilence(nowMs, this.soundTime(endOf(this.last)) - OPUS_RATE);
    }
    this.writeFragment(Infinity);
    const entry = { ...this.entryOf(open), completeBytes: open.file.sizeBytes };
    if (isForPlayers) this.playlists.publishForPlayers(entry);
    else this.playlists.publish(entry);
  }

  private fillSilence(nowMs: number, untilSoundTime: number): void {
    if (this.hasAudio && nowMs - this.lastSoundMs >= SILENCE_AFTER_MS) {
      this.sounds.push(...this.sound.silenceUntil(untilSoundTime));
    }
  }

  private writeFragment(soundUntil: number): void {
    const { open, pictures } = this;
    const belongs = (sample: Sample): boolean => sample.decodeTime + sample.duration / 2 <= soundUntil;
    const sounds = this.sounds.filter(belongs);
    if (open === undefined || pictures.length + sounds.length === 0) return;
    open.file.append(fragment(++this.fragmentCount, pictures, sounds));
    const newest = pictures.at(-1);
    if (newest !== undefined) open.endTime = endOf(newest);
    this.pictures = [];
    this.sounds = this.sounds.filter((sample) => !belongs(sample));
    const { cut } = this;
    const afterCut = cut === undefined ? [] : [cut.picture, ...cut.after];
    this.pending.releaseAllBut([...afterCut, ...this.sounds].flatMap(({ chunks }) => chunks));
  }

  private closeSegment(open: OpenSegment): void {
    open.file.finish();
    const entry = this.entryOf(open);
    this.open = undefined;
    this.closedToMs = Math.round(entry.toMs);
    this.playlists.add(entry);
    this.playlists.publish(undefined);
    this.options.onSegment({
      fromMs: Math.round(entry.fromMs),
      toMs: Math.round(entry.toMs),
      sizeBytes: open.file.sizeBytes,
    });
  }

  private entryOf(open: OpenSegment): PlaylistEntry {
    const { frozenSinceMs } = this;
    const isFrozen = frozenSinceMs !== undefined && frozenSinceMs < this.wallMs(open.endTime);
    return {
      file: open.name,
      initFile: open.initFile,
      fromMs: this.wallMs(open.startTime),
      toMs: this.wallMs(open.endTime),
      isDiscontinuity: open.isDiscontinuity,
      ...(isFrozen ? { frozenSinceMs } : {}),
    };
  }

  private wallMs(videoTime: number): number {
    return (this.zeroMs ?? 0) + (videoTime * 1000) / VIDEO_RATE;
  }

  private soundTime(videoTime: number): number {
    return Math.round((videoTime * OPUS_RATE) / VIDEO_RATE);
  }
}

const endOf = (sample: Sample): number => sample.decodeTime + sample.duration;

function pictureSample({ chunks, isKey }: Picture, decodeTime: number, pending: PendingBytes): Sample {
  const kept = pending.keep(chunks);
  const sizeBytes = kept.reduce((sum, chunk) => sum + chunk.length, 0);
  return { decodeTime, duration: 1, isKey, chunks: kept, sizeBytes };
}
