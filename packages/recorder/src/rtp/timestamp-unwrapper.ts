/** Extends 32-bit RTP timestamps to numbers that keep growing when the timestamps wrap. */
export class TimestampUnwrapper {
  private last: number | undefined;

  /** Extends a media packet's timestamp and makes it the new reference. */
  unwrap(timestamp: number): number {
    this.last = this.peek(timestamp);
    return this.last;
  }

  /** Extends a timestamp without moving the reference, for sender reports, which run ahead of the media. */
  peek(timestamp: number): number {
    if (this.last === undefined) return timestamp;
    // `| 0` makes the difference a signed 32-bit number, so it is taken the shorter way around.
    return this.last + ((timestamp - this.last) | 0);
  }
}
