import type { S3Upload } from 'livekit-server-sdk';

/** An S3 bucket that egress uploads to, where it shares no folder with us. Each call may fail like any over a network. */
export interface SegmentBucket {
  /** What egress is told of it. */
  upload: S3Upload;
  /** Before the keys of all recordings; ends without a slash. */
  prefix: string;
  /** A whole object; null when there is none (yet). */
  read(key: string): Promise<Buffer | null>;
  remove(key: string): Promise<void>;
  /** Keys in a folder. */
  list(folder: string): Promise<string[]>;
}
