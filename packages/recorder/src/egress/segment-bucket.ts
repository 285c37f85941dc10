import type { S3Upload } from 'livekit-server-sdk';

/** Egress uploads to this S3 bucket when it shares no folder with us. Each call may fail like any over a network. */
export interface SegmentBucket {
  /** The request to egress describes the bucket like this. */
  upload: S3Upload;
  /** All keys of recordings begin with this prefix, which ends without a slash. */
  prefix: string;
  /** Reads a whole object; null when there is none (yet). */
  read(key: string): Promise<Buffer | null>;
  remove(key: string): Promise<void>;
  /** Lists the keys in a folder. */
  list(folder: string): Promise<string[]>;
}
