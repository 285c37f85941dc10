import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '@hindsight/shared/error-code';
import { opusPacketSamples } from '../codecs/opus.ts';
import { appendWhole } from '../segments/append-whole.ts';
import { PendingBytes } from '../segments/pending-bytes.ts';
import { plausibleMs } from '../segments/plausible-time.ts';
import { SAMPLES_PER_MS, voicePieceHeader, voicePieceName, voiceRecord, windowEndMs } from './voice-piece.ts';

interface OpenPiece {
  fd: number;
  fromSample: number;
  /** Packets from this sample on belong to the next piece. */
  untilSample: number;
  sizeBytes: number;
}

/** A packet that is at most this far from where the last one ended was moved by noise in its time, not by a pause. */
const TOLERANCE = 20 * SAMPLES_PER_MS;
/** No packet ends this far in the future, unless the clock of this machine was set back. */
const SET_BACK = 1000 * SAMPLES_PER_MS;
/** Packets are written this often, so that a crash takes no more than a second. */
const WRITE_MS = 800;
/** Opus needs less than 640 kB for ten seconds; whoever sends more doesn't send a voice. */
const MAX_PIECE_BYTES = 1024 * 1024;

/**
 * Writes what one microphone sends into pieces. Packets lie end to end unless there was a pause of more than 20 ms, and never
 * overlap: one that does is dropped, unless the clock of this machine was set back. File system errors are thrown; what was to
 * be written is lost then, and the next packet begins a new piece.
 */
export class VoiceWriter {
  private readonly folder: string;
  private readonly slot: number;
  private piece: OpenPiece | undefined;
  private readonly memory = new PendingBytes();
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private pendingSinceMs: number | undefined;
  private endSample = 0;

  /** @param folder the folder of the voice, which is created with its first piece */
  constructor(folder: string, slot: number) {
    this.folder = folder;
    this.slot = slot;
  }

  /** Adds a packet that was captured at `capturedMs` (epoch ms). What is no Opus packet is dropped. */
  add(payload: Buffer, capturedMs: number, level: number | null, nowMs: number): void {
    const samples = opusPacketSamples(payload);
    if (samples === null) return;
    const wallMs = plausibleMs(capturedMs, nowMs);
    const sample = Math.round(wallMs * SAMPLES_PER_MS);
    if (this.endSample > nowMs * SAMPLES_PER_MS + SET_BACK) this.startOver();
    if (sample < this.endSample - TOLERANCE) return;
    const atSample = sample > this.endSample + TOLERANCE ? sample : this.endSample;
    if (this.piece !== undefined && atSample >= this.piece.untilSample) this.close();
    this.piece ??= this.open(atSample);
    if (this.piece.sizeBytes + this.pendingBytes > MAX_PIECE_BYTES) return;
    this.endSample = atSample + samples;
    this.take(voiceRecord({ atSample, level, payload }, this.piece.fromSample), nowMs);
  }

  /** Writes what has waited for long enough. To be called regularly. */
  tick(nowMs: number): void {
    if (this.pendingSinceMs !== undefined && nowMs - this.pendingSinceMs >= WRITE_MS) this.flush();
  }

  /** Writes everything that was added. */
  flush(): void {
    const { piece, pending, pendingBytes } = this;
    if (piece === undefined || pendingBytes === 0) return;
    try {
      appendWhole(piece.fd, pending, pendingBytes, piece.sizeBytes);
      piece.sizeBytes += pendingBytes;
    } catch (error) {
      this.piece = undefined;
      closeSync(piece.fd);
      throw error;
    } finally {
      this.forget();
    }
  }

  /** Writes everything and closes the piece. A packet that is added later begins another one. */
  close(): void {
    this.flush();
    const { piece } = this;
    this.piece = undefined;
    if (piece !== undefined) closeSync(piece.fd);
  }

  /** Closes the piece without writing what was added last, which is forgotten. */
  discard(): void {
    this.forget();
    this.close();
  }

  private startOver(): void {
    this.close();
    this.endSample = 0;
  }

  private open(fromSample: number): OpenPiece {
    const fromMs = fromSample / SAMPLES_PER_MS;
    const fd = this.create(voicePieceName(this.slot, fromMs));
    this.take([voicePieceHeader(fromSample)], undefined);
    return { fd, fromSample, untilSample: windowEndMs(fromMs) * SAMPLES_PER_MS, sizeBytes: 0 };
  }

  private create(name: string): number {
    mkdirSync(this.folder, { recursive: true });
    try {
      return openSync(join(this.folder, name), 'w');
    } catch (error) {
      // Retention removes folders that are empty.
      if (!hasCode(error, 'ENOENT')) throw error;
      mkdirSync(this.folder, { recursive: true });
      return openSync(join(this.folder, name), 'w');
    }
  }

  private take(chunks: readonly Buffer[], nowMs: number | undefined): void {
    this.pending.push(...this.memory.keep(chunks));
    for (const { length } of chunks) this.pendingBytes += length;
    this.pendingSinceMs ??= nowMs;
  }

  private forget(): void {
    this.pending = [];
    this.pendingBytes = 0;
    this.memory.releaseAllBut([]);
    this.pendingSinceMs = undefined;
  }
}
