import { av1Config, parseSequenceHeader } from './av1-sequence.ts';
import { isKeyframe, leb128, OBU, parseObu, readLeb128, type Obu } from './av1-obu.ts';
import type { PayloadFormat } from './picture-assembler.ts';
import type { Picture } from './picture.ts';

/** No encoder cuts a picture into this many OBUs; each costs more memory than its bytes. */
const MAX_OBUS = 4096;

/** One OBU of a packet, or the part of it that is in this packet. */
interface Element {
  data: Buffer;
  continuesPrevious: boolean;
  isContinued: boolean;
}

/** Reads AV1 from RTP (aomediacodec.github.io/av1-rtp-spec). Spatial layers stay together: decoders show the highest. */
export class Av1Payload implements PayloadFormat {
  startsKeyframe(payload: Buffer): boolean {
    const startsSequence = ((payload[0] ?? 0) & 0x08) !== 0;
    return startsSequence && !continuesFragment(payload);
  }

  assemble(payloads: readonly Buffer[]): Picture | 'empty' | 'broken' {
    const obus = readObus(payloads);
    if (obus === null) return 'broken';
    const kept = obus.filter(({ type }) => !NOT_STORED.has(type));
    const frame = kept.find(({ type }) => type === OBU.frame || type === OBU.frameHeader);
    if (frame === undefined) return 'empty';
    const chunks = kept.flatMap(withSize);
    const sequenceObu = kept.find(({ type }) => type === OBU.sequenceHeader);
    if (sequenceObu === undefined || !isKeyframe(frame)) return { isKey: false, chunks };
    const sequence = parseSequenceHeader(sequenceObu.payload);
    if (sequence === null) return 'broken';
    const config = av1Config(sequence, Buffer.concat(withSize(sequenceObu)));
    return { isKey: true, config, chunks };
  }
}

/** Samples of MP4 should not contain these OBUs (AV1 Codec ISO Media File Format Binding, 2.4). */
const NOT_STORED: ReadonlySet<number> = new Set([OBU.temporalDelimiter, OBU.tileList, OBU.padding]);

/** Writes an OBU as MP4 has it, with its own size field. */
function withSize({ header, payload }: Obu): Buffer[] {
  const hasSize = 0x02;
  const [first = 0, ...extension] = header;
  return [Buffer.from([first | hasSize, ...extension, ...leb128(payload.length)]), payload];
}

/** Returns all OBUs of a picture; null when one is incomplete or unreadable. */
function readObus(payloads: readonly Buffer[]): Obu[] | null {
  const obus: Obu[] = [];
  let pending: Buffer[] | undefined;
  for (const payload of payloads) {
    const elements = readElements(payload);
    if (elements === null) return null;
    for (const { data, continuesPrevious, isContinued } of elements) {
      if (continuesPrevious !== (pending !== undefined)) return null;
      pending ??= [];
      pending.push(data);
      if (isContinued) continue;
      const obu = parseObu(pending.length === 1 ? data : Buffer.concat(pending));
      pending = undefined;
      if (obu === null || obus.length === MAX_OBUS) return null;
      obus.push(obu);
    }
  }
  return pending === undefined ? obus : null;
}

const continuesFragment = (payload: Buffer): boolean => ((payload[0] ?? 0) & 0x80) !== 0;

/** Returns the OBU elements after the aggregation header (4.3, 4.4); null when their lengths don't add up. */
function readElements(payload: Buffer): Element[] | null {
  const header = payload[0] ?? 0;
  const endsWithFragment = (header & 0x40) !== 0;
  /** Zero means that each element has a length; otherwise all but the last have one. */
  const count = (header >> 4) & 0x03;
  const elements: Element[] = [];
  let at = 1;
  while (at < payload.length) {
    let end = payload.length;
    if (count === 0 || elements.length < count - 1) {
      const length = readLeb128(payload, at);
      if (length === null) return null;
      at = length.end;
      end = at + length.value;
    }
    if (end > payload.length) return null;
    elements.push({
      data: payload.subarray(at, end),
      continuesPrevious: elements.length === 0 && continuesFragment(payload),
      isContinued: end === payload.length && endsWithFragment,
    });
    at = end;
  }
  return elements.length === 0 || (count > 0 && elements.length !== count) ? null : elements;
}
