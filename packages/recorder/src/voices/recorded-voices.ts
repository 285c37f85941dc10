import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ParticipantInfo, SpeakerInfo } from '@livekit/protocol';
import { messageOf } from '@hindsight/shared/error-code';
import type { KeptVoices, VoiceStatus } from '../recorder.port.ts';
import { SharedOffset } from '../rtp/rtp-clock.ts';
import { Microphones, type Microphone } from './microphones.ts';
import { VoiceConnection } from './voice-connection.ts';
import { VoiceLane } from './voice-lane.ts';
import { MOST_SLOTS, VOICES_FOLDER } from './voice-piece.ts';
import { VoiceSelection } from './voice-selection.ts';
import { endedTurns } from './voice-turns.ts';

export interface RecordedVoicesOptions {
  livekitUrl: string;
  isLoopback: boolean;
  /** The recording's directory. */
  destination: string;
  /** At most this many voices are kept at a time. */
  maxVoices: number;
  onStatus: (voices: readonly VoiceStatus[]) => void;
  log: (level: 'info' | 'warn', fields: Record<string, unknown>, message: string) => void;
}

interface Voice {
  offset: SharedOffset;
  /** From 0 to 1; undefined while LiveKit has said nothing. */
  loudness: number | undefined;
  /** The lanes of the participant's microphones, by the SIDs of their tracks. */
  lanes: Map<string, VoiceLane>;
  /** When somebody else's turn to be listened to came last. */
  turnEndedMs: number;
}

/** A microphone of somebody who is in the room and to be kept. */
interface Present {
  identity: string;
  voice: Voice;
  microphone: Microphone;
}

/** A microphone is subscribed to. */
interface Listened {
  lane: VoiceLane;
  microphone: Microphone;
  /** Both are in epoch ms; the first packet hasn't come yet while the second is undefined. */
  subscribedMs: number;
  heardMs: number | undefined;
}

/** So many times more voices than can be kept are listened to, to find the loudest. */
const HEARD_FACTOR = 4;
const STATUS_MS = 1000;
const LOG_MS = 60_000;
/** A level has 7 bits, in dB below full scale (as in RFC 6464, 3). */
const MAX_LEVEL = 127;

/**
 * Keeps the voices of a recording: the microphones of the participants that it is told. They have a connection of their own, which
 * exists only while there are any, so that whatever happens to it leaves the share alone.
 */
export class RecordedVoices {
  private readonly options: RecordedVoicesOptions;
  private readonly folder: string;
  private readonly voices = new Map<string, Voice>();
  private readonly microphones = new Microphones();
  private readonly selection: VoiceSelection;
  private connection: VoiceConnection | undefined;
  /** Lanes by the SIDs of their tracks, which are subscribed to. */
  private readonly lanes = new Map<string, Listened>();
  private leaving: Promise<void> = Promise.resolve();
  private token = '';
  private reported = '[]';
  private statusMs = 0;
  private loggedMs = -Infinity;
  private isClosed = false;

  constructor(options: RecordedVoicesOptions) {
    this.options = options;
    this.folder = join(options.destination, VOICES_FOLDER);
    this.selection = new VoiceSelection(options.maxVoices);
  }

  /**
   * Keeps exactly these voices from now on, and deletes what there is of those to forget.
   * @param token to join the room with
   * @throws the file system's error when something can't be deleted
   */
  set({ keep, forget }: KeptVoices, token: string): void {
    this.token = token;
    const kept = new Set(this.isClosed ? [] : keep);
    for (const identity of forget) kept.delete(identity);
    for (const [identity, voice] of this.voices) {
      if (kept.has(identity)) continue;
      const isForgotten = forget.includes(identity);
      this.voices.delete(identity);
      for (const trackSid of voice.lanes.keys()) this.endLane(trackSid, isForgotten);
    }
    for (const identity of forget) rmSync(join(this.folder, identity), { recursive: true, force: true });
    for (const identity of kept)
      if (!this.voices.has(identity))
        this.voices.set(identity, {
          offset: new SharedOffset(),
          loudness: undefined,
          lanes: new Map(),
          turnEndedMs: 0,
        });
    if (this.voices.size === 0) this.leave();
    else this.connection ??= this.connect();
    this.follow(Date.now());
  }

  /** Writes everything that was received. */
  flush(): void {
    for (const { lane } of this.lanes.values()) lane.flush();
  }

  /** To be called every ~20 ms. */
  tick(nowMs: number): void {
    if (this.voices.size === 0) return;
    for (const { lane } of this.lanes.values()) lane.tick(nowMs);
    if (nowMs - this.statusMs >= STATUS_MS) this.follow(nowMs);
  }

  /** Returns how each voice that is to be kept is doing. */
  statuses(): VoiceStatus[] {
    return [...this.voices].map(([identity, { lanes }]) => ({
      identity,
      state: this.stateOf(identity, lanes),
    }));
  }

  /** Writes what is left and leaves the room. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const trackSid of this.lanes.keys()) this.endLane(trackSid, false);
    this.voices.clear();
    this.leave();
    await this.leaving;
  }

  private stateOf(identity: string, lanes: Voice['lanes']): VoiceStatus['state'] {
    const microphones = this.connection === undefined ? [] : this.microphones.of(identity);
    if (microphones.length === 0) return 'away';
    if (microphones.every(({ isMuted }) => isMuted)) return 'muted';
    if (lanes.size === 0) return this.lanes.size < this.mostHeard ? 'away' : 'left-out';
    return [...lanes.values()].some(({ isKept }) => isKept) ? 'kept' : 'left-out';
  }

  private get mostHeard(): number {
    return this.options.maxVoices * HEARD_FACTOR;
  }

  private connect(): VoiceConnection {
    const { livekitUrl, isLoopback } = this.options;
    const connection: VoiceConnection = new VoiceConnection(
      { livekitUrl, isLoopback, token: () => this.token },
      {
        onParticipants: (participants, isComplete) => {
          if (connection === this.connection) this.see(participants, isComplete);
        },
        onSpeakers: (speakers) => this.hear(speakers),
        onPacket: (trackSid, ssrc, packet) => {
          const listened = this.lanes.get(trackSid);
          if (listened === undefined) return;
          listened.heardMs ??= Date.now();
          listened.lane.packet(ssrc, packet);
        },
        onSenderReport: (trackSid, ...report) => this.lanes.get(trackSid)?.lane.senderReport(...report),
        onLost: (detail) => {
          if (connection !== this.connection) return;
          this.options.log('warn', { detail }, 'the connection for the voices of a recording was lost');
          this.see([], true);
        },
      },
    );
    return connection;
  }

  private leave(): void {
    const { connection } = this;
    this.connection = undefined;
    if (connection === undefined) return;
    this.microphones.see([], true);
    const before = this.leaving;
    this.leaving = Promise.all([before, connection.close()]).then(() => undefined);
  }

  private see(participants: readonly ParticipantInfo[], isComplete: boolean): void {
    // After a new beginning nothing is subscribed to.
    if (isComplete) for (const trackSid of this.lanes.keys()) this.endLane(trackSid, false);
    this.microphones.see(participants, isComplete);
    this.follow(Date.now());
  }

  private hear(speakers: readonly SpeakerInfo[]): void {
    for (const { sid, level } of speakers) {
      const voice = this.voices.get(this.microphones.identityOf(sid) ?? '');
      if (voice !== undefined) voice.loudness = level;
    }
  }

  /** Subscribes to the microphones of those who are to be kept, and to no others. */
  private follow(nowMs: number): void {
    const present = [...this.voices].flatMap(([identity, voice]) =>
      this.microphones.of(identity).map((microphone): Present => ({ identity, voice, microphone })),
    );
    const listed = new Map(present.map(({ microphone }) => [microphone.trackSid, microphone]));
    for (const [trackSid, { microphone }] of this.lanes) {
      const current = listed.get(trackSid);
      if (current?.participantSid !== microphone.participantSid) this.endLane(trackSid, false);
    }
    this.takeTurns(present, nowMs);
    const isNext = (a: Present, b: Present): number =>
      Number(a.microphone.isMuted) - Number(b.microphone.isMuted) ||
      a.voice.turnEndedMs - b.voice.turnEndedMs;
    for (const { identity, voice, microphone } of present.toSorted(isNext))
      this.listen(identity, voice, microphone, nowMs);
    this.choose(nowMs);
    this.report(nowMs);
  }

  /**
   * Where more people are there than are listened to, they take turns, because LiveKit says only of those who are listened to how loud
   * they are. Some who aren't kept and have been heard for a while make room.
   */
  private takeTurns(present: readonly Present[], nowMs: number): void {
    const waiting = present.filter(
      ({ microphone }) => !microphone.isMuted && !this.lanes.has(microphone.trackSid),
    ).length;
    const room = this.mostHeard - this.lanes.size;
    if (waiting <= room) return;
    const turns = present.flatMap(({ identity, voice, microphone: { trackSid } }) => {
      const listened = this.lanes.get(trackSid);
      if (listened === undefined) return [];
      const isKept = listened.lane.isKept && !this.isMuted(identity);
      return { ...listened, trackSid, voice, loudness: voice.loudness ?? 0, isKept };
    });
    for (const { voice, trackSid } of endedTurns(turns, { waiting: waiting - room, nowMs })) {
      voice.turnEndedMs = nowMs;
      // Nobody says any more how loud they are.
      voice.loudness = undefined;
      this.endLane(trackSid, false);
    }
  }

  private listen(identity: string, voice: Voice, microphone: Microphone, nowMs: number): void {
    const { participantSid, trackSid } = microphone;
    if (this.connection === undefined || this.lanes.has(trackSid) || this.lanes.size >= this.mostHeard)
      return;
    const slots = new Set([...voice.lanes.values()].map((lane) => lane.slot));
    const slot = Array.from({ length: MOST_SLOTS }, (_, i) => i).find((i) => !slots.has(i));
    if (slot === undefined) return;
    const lane = new VoiceLane({
      folder: join(this.folder, identity),
      offset: voice.offset,
      slot,
      requestRetransmission: (numbers) => this.connection?.requestRetransmission(trackSid, numbers),
      level: () => levelOf(voice.loudness),
      onFailed: (error) => this.logFailure(identity, error),
    });
    voice.lanes.set(trackSid, lane);
    this.lanes.set(trackSid, { lane, microphone, subscribedMs: nowMs, heardMs: undefined });
    this.connection.subscribe(participantSid, [trackSid]);
  }

  private endLane(trackSid: string, isForgotten: boolean): void {
    const ended = this.lanes.get(trackSid);
    if (ended === undefined) return;
    this.lanes.delete(trackSid);
    for (const { lanes } of this.voices.values()) lanes.delete(trackSid);
    if (isForgotten) ended.lane.discard();
    else ended.lane.close();
    this.connection?.unsubscribe(ended.microphone.participantSid, [trackSid]);
  }

  private choose(nowMs: number): void {
    const speakers = [...this.voices]
      .filter(([identity, { lanes }]) => lanes.size > 0 && !this.isMuted(identity))
      .map(([identity, { loudness = 0 }]) => ({ identity, level: loudness }));
    const chosen = this.selection.choose(speakers, nowMs);
    for (const [identity, { lanes }] of this.voices)
      // Whoever is muted sends nothing but the end of their last word.
      for (const lane of lanes.values()) lane.isKept = chosen.has(identity) || this.isMuted(identity);
  }

  private isMuted(identity: string): boolean {
    return this.microphones.of(identity).every(({ isMuted }) => isMuted);
  }

  private report(nowMs: number): void {
    this.statusMs = nowMs;
    const voices = this.statuses();
    const text = JSON.stringify(voices);
    if (text === this.reported) return;
    this.reported = text;
    this.options.onStatus(voices);
  }

  private logFailure(identity: string, error: unknown): void {
    const nowMs = Date.now();
    if (nowMs - this.loggedMs < LOG_MS) return;
    this.loggedMs = nowMs;
    this.options.log('warn', { identity, error: messageOf(error) }, 'a voice could not be written');
  }
}

/** Turns LiveKit's loudness (0 to 1) into dB below full scale. */
function levelOf(loudness: number | undefined): number | null {
  if (loudness === undefined) return null;
  if (loudness <= 0) return MAX_LEVEL;
  return Math.min(MAX_LEVEL, Math.max(0, Math.round(-20 * Math.log10(loudness))));
}
