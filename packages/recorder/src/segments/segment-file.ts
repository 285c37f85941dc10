import { closeSync, openSync, writeSync } from 'node:fs';
import type { Fragment } from '@hindsight/mp4/fragments/fragment-writer';
import {
  MAX_INDEX_BYTES,
  segmentIndexBox,
  type IndexedFragment,
} from '@hindsight/mp4/fragments/segment-index-box';
import { appendWhole } from './append-whole.ts';

/** A written fragment whose last picture may be shown longer than is known yet. */
interface OpenPicture {
  fragment: IndexedFragment;
  /** The picture's duration lies at this offset in the fragment. */
  durationAt: number;
}

/**
 * Writes the file of a segment while it grows, fragment by fragment. Writes are synchronous on purpose: they go to the page
 * cache (~0.1 ms) and keep the order of media, playlist and patches trivial.
 */
export class SegmentFile {
  private readonly fd: number;
  private size = 0;
  private readonly fragments: IndexedFragment[] = [];
  private indexBytes = 0;
  private lastPicture: OpenPicture | undefined;

  constructor(path: string) {
    this.fd = openSync(path, 'w');
  }

  /** The number of bytes in complete fragments, including the index box once the file is finished. */
  get sizeBytes(): number {
    return this.size;
  }

  /** Appends a fragment completely or, when the disk refuses, not at all. @throws the file system's error */
  append({ chunks, sizeBytes, moof, lastPictureDurationAt }: Fragment): void {
    const fragment = { position: this.size, moof: ownCopy(moof) };
    this.write(chunks, sizeBytes);
    this.indexBytes += moof.length;
    if (this.indexBytes <= MAX_INDEX_BYTES) this.fragments.push(fragment);
    if (lastPictureDurationAt !== undefined)
      this.lastPicture = { fragment, durationAt: lastPictureDurationAt };
  }

  /**
   * Corrects the duration of the last picture in the file. How long a picture is shown is known only when the next one comes,
   * but a flush can't wait for that, so it is first written with the duration so far.
   */
  setLastPictureDuration(duration: number): void {
    if (this.lastPicture === undefined) return;
    const { fragment, durationAt } = this.lastPicture;
    fragment.moof.writeUInt32BE(duration, durationAt);
    writeSync(this.fd, fragment.moof, durationAt, 4, fragment.position + durationAt);
  }

  /** Appends the index box, if there is room for it, and closes the file. */
  finish(): void {
    try {
      if (this.indexBytes <= MAX_INDEX_BYTES) this.writeIndex();
    } catch {
      // A segment without an index box works as well. If the disk is full, the next segment's first fragment reports that.
    }
    this.close();
  }

  close(): void {
    closeSync(this.fd);
  }

  private writeIndex(): void {
    const index = segmentIndexBox(this.fragments);
    this.write([index], index.length);
  }

  private write(chunks: readonly Buffer[], sizeBytes: number): void {
    appendWhole(this.fd, chunks, sizeBytes, this.size);
    this.size += sizeBytes;
  }
}

/** Returns a copy in memory of its own: a small buffer keeps the memory that it shares with others, which is much more. */
function ownCopy(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
