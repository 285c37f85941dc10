import { closeSync, ftruncateSync, openSync, writeSync, writevSync } from 'node:fs';
import type { Fragment } from './fmp4.ts';
import { uint32 } from './mp4-box.ts';

/**
 * The file of a segment while it grows, fragment by fragment. Writes are synchronous on purpose: they go to the page
 * cache (~0.1 ms) and keep the order of media, playlist and patches trivial.
 */
export class SegmentFile {
  private readonly fd: number;
  private size = 0;
  private lastPictureDurationAt: number | undefined;

  constructor(path: string) {
    this.fd = openSync(path, 'w');
  }

  /** Bytes that make up complete fragments. */
  get sizeBytes(): number {
    return this.size;
  }

  /** Appends a fragment completely or, when the disk refuses, not at all (and throws). */
  append(fragment: Fragment): void {
    try {
      const written = writevSync(this.fd, fragment.chunks, this.size);
      // A nearly full disk takes a part; writing the rest says what is wrong.
      if (written < fragment.sizeBytes) this.writeRest(Buffer.concat(fragment.chunks), written);
    } catch (error) {
      this.cutBack();
      throw error;
    }
    if (fragment.lastPictureDurationAt !== undefined) {
      this.lastPictureDurationAt = this.size + fragment.lastPictureDurationAt;
    }
    this.size += fragment.sizeBytes;
  }

  /**
   * How long a picture is shown is known only when the next one comes, but a flush can't wait for that: the last
   * picture is written with the duration it has so far, and corrected in place afterwards.
   */
  setLastPictureDuration(duration: number): void {
    if (this.lastPictureDurationAt !== undefined) {
      writeSync(this.fd, uint32(duration), 0, 4, this.lastPictureDurationAt);
    }
  }

  close(): void {
    closeSync(this.fd);
  }

  private cutBack(): void {
    try {
      ftruncateSync(this.fd, this.size);
    } catch {
      // The error that led here says more.
    }
  }

  private writeRest(all: Buffer, from: number): void {
    for (let at = from; at < all.length;) {
      at += writeSync(this.fd, all, at, all.length - at, this.size + at);
    }
  }
}
