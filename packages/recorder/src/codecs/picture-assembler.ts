import type { Picture } from './picture.ts';
import type { RtpData } from './rtp-data.ts';

/** A payload format reads the pictures of one codec from RTP payloads. Each stream has its own. */
export interface PayloadFormat {
  /** Whether a payload is the first of a keyframe. If so, what was lost before it belongs to an earlier picture. */
  startsKeyframe(payload: Buffer): boolean;
  /**
   * Assembles the payloads of one timestamp into a picture. They are in order and, as far as is known, complete. Returns
   * `empty` when they show nothing, `broken` when something is missing or can't be read. It never throws, whatever the
   * payloads are.
   */
  assemble(payloads: readonly Buffer[]): Picture | 'empty' | 'broken';
}

/** A larger picture is not a shared screen but an attempt to use up memory. */
const MAX_PICTURE_BYTES = 16 * 1024 * 1024;
/** Each packet takes the memory of a whole datagram, however little is in it. */
const MAX_PICTURE_PACKETS = 32 * 1024;

interface AssemblerOptions {
  format: PayloadFormat;
  /** Gets each complete picture with the timestamp of its packets. The first one is always a keyframe. */
  deliver: (picture: Picture, timestamp: number) => void;
  /** Called when a picture is missing or can't be decoded: a keyframe is needed to go on. */
  onDamage: () => void;
}

/**
 * Turns RTP packets into coded pictures. After a packet loss nothing is delivered until the next keyframe: a frozen picture
 * is better than a smeared one.
 */
export class PictureAssembler {
  private readonly options: AssemblerOptions;
  /**
   * The packets of the picture that is coming. It is one array for all pictures: V8 would put new ones among its lasting objects,
   * because many a picture is incomplete when garbage is collected, and there they would keep their packets until everything is.
   */
  private readonly payloads: Buffer[] = [];
  private sizeBytes = 0;
  private timestamp: number | undefined;
  private isDamaged = false;
  private needsKey = true;

  constructor(options: AssemblerOptions) {
    this.options = options;
  }

  /** Takes packets in order. With `isAfterLoss`, packets between this and the last one are missing. */
  push({ payload, timestamp, isMarker }: RtpData, isAfterLoss: boolean): void {
    if (isAfterLoss) {
      this.isDamaged = true;
      this.needsKey = true;
    }
    if (payload.length === 0) return; // LiveKit sends such padding to probe the bandwidth
    if (timestamp !== this.timestamp) {
      this.finish();
      this.timestamp = timestamp;
      this.isDamaged = isAfterLoss && !this.options.format.startsKeyframe(payload);
    }
    this.sizeBytes += payload.length;
    this.payloads.push(payload);
    if (this.sizeBytes > MAX_PICTURE_BYTES || this.payloads.length > MAX_PICTURE_PACKETS) {
      this.isDamaged = true;
      this.clear();
    }
    if (isMarker) this.finish();
  }

  private finish(): void {
    const { payloads, timestamp, isDamaged } = this;
    if (timestamp === undefined || (payloads.length === 0 && !isDamaged)) return;
    this.isDamaged = false;
    const picture = isDamaged ? 'broken' : this.options.format.assemble(payloads);
    this.clear();
    if (picture === 'empty') return;
    if (picture === 'broken' || (this.needsKey && !picture.isKey)) {
      this.needsKey = true;
      this.options.onDamage();
      return;
    }
    this.needsKey = false;
    this.options.deliver(picture, timestamp);
  }

  private clear(): void {
    this.payloads.length = 0;
    this.sizeBytes = 0;
  }
}
