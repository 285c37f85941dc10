import { createHash } from 'node:crypto';

/** MPEG-TS (ISO/IEC 13818-1, 2.4.3) is a series of packets of this size. */
export const TRANSPORT_PACKET_BYTES = 188;
const SYNC_BYTE = 0x47;
const TABLE_OF_PROGRAMS_PID = 0;
const STREAM_TYPES = { video: 0x1b, audio: 0x0f } as const;
/** Timestamps count 90,000 a second. */
const TICKS_PER_SECOND = 90_000;
const NAL_TYPES = { slice: 1, keyframe: 5, sequenceParameters: 7, pictureParameters: 8 } as const;

/** This is what the first bytes of an MPEG-TS file tell of its media. */
export interface TransportStreamHead {
  /**
   * It is a hash of all that decoders are set up with: the parameter sets of H.264 and the fixed header of AAC. Null when not all of it was
   * found.
   */
  configuration: string | null;
  hasAudio: boolean;
  /** This is the earliest presentation time of the first picture and the first sound. Null when there is neither. */
  startSeconds: number | null;
}

/** These are the bytes of one track's first packet (PES packet, 2.4.3.6), as far as they were read. */
interface FirstPacket {
  chunks: Buffer[];
  isComplete: boolean;
}

/** Reads what the first bytes of an MPEG-TS file tell of its one H.264 track and its AAC track, if it has one. */
export function readTransportStreamHead(bytes: Buffer): TransportStreamHead {
  let programPid: number | null = null;
  let trackPids: { video?: number; audio?: number } = {};
  let hasTracks = false;
  const firstPackets = new Map<number, FirstPacket>();
  for (let at = 0; at + TRANSPORT_PACKET_BYTES <= bytes.length; at += TRANSPORT_PACKET_BYTES) {
    const packet = bytes.subarray(at, at + TRANSPORT_PACKET_BYTES);
    if (packet[0] !== SYNC_BYTE) break;
    const pid = packet.readUInt16BE(1) & 0x1fff;
    const isStart = (packet.readUInt8(1) & 0x40) !== 0;
    const payload = payloadOf(packet);
    if (payload === null) continue;
    if (pid === TABLE_OF_PROGRAMS_PID && isStart) programPid ??= programPidOf(payload);
    else if (pid === programPid && isStart && !hasTracks) {
      trackPids = trackPidsOf(payload);
      hasTracks = true;
    } else if (pid === trackPids.video || pid === trackPids.audio) {
      const known = firstPackets.get(pid);
      if (isStart && known === undefined) firstPackets.set(pid, { chunks: [payload], isComplete: false });
      else if (isStart && known !== undefined) known.isComplete = true;
      else if (known !== undefined && !known.isComplete) known.chunks.push(payload);
    }
  }
  const [video, audio] = (['video', 'audio'] as const).map((kind) => {
    const found = firstPackets.get(trackPids[kind] ?? -1);
    return found === undefined ? null : packetContent(Buffer.concat(found.chunks));
  });
  const hasAudio = trackPids.audio !== undefined;
  const sets = video == null ? null : parameterSets(video.data);
  const sound = audio == null ? null : fixedAudioHeader(audio.data);
  const isKnown = sets !== null && (sound !== null || !hasAudio);
  const starts = [video?.startSeconds, audio?.startSeconds].filter((start) => typeof start === 'number');
  return {
    configuration: isKnown ? hashOf([...sets, sound ?? Buffer.alloc(0)]) : null,
    hasAudio,
    startSeconds: starts.length === 0 ? null : Math.min(...starts),
  };
}

/** Returns the latest presentation time of a picture that begins in these whole packets, as those at the end of a file; null for none. */
export function lastPictureSeconds(bytes: Buffer): number | null {
  let latest: number | null = null;
  for (let at = 0; at + TRANSPORT_PACKET_BYTES <= bytes.length; at += TRANSPORT_PACKET_BYTES) {
    const packet = bytes.subarray(at, at + TRANSPORT_PACKET_BYTES);
    const isStart = packet[0] === SYNC_BYTE && (packet.readUInt8(1) & 0x40) !== 0;
    const payload = isStart ? payloadOf(packet) : null;
    if (payload === null || payload.length < 14 || payload.readUInt32BE(0) >>> 4 !== VIDEO_START >>> 4)
      continue;
    const { startSeconds } = packetContent(payload);
    if (startSeconds !== null && (latest === null || startSeconds > latest)) latest = startSeconds;
  }
  return latest;
}

/** A PES packet of video begins with this; its last four bits number the track (2.4.3.7). */
const VIDEO_START = 0x00_00_01_e0;

/** Returns what follows the header and the adaptation field, if any (2.4.3.2). */
function payloadOf(packet: Buffer): Buffer | null {
  const control = (packet.readUInt8(3) >> 4) & 0b11;
  if ((control & 0b01) === 0) return null;
  const start = (control & 0b10) === 0 ? 4 : 5 + packet.readUInt8(4);
  return start < TRANSPORT_PACKET_BYTES ? packet.subarray(start) : null;
}

/** Returns the contents of a table's section, without its checksum (2.4.4). */
function sectionOf(payload: Buffer): Buffer {
  const start = 1 + payload.readUInt8(0);
  if (start + 3 > payload.length) return Buffer.alloc(0);
  const sectionBytes = payload.readUInt16BE(start + 1) & 0x0fff;
  return payload.subarray(start, Math.min(payload.length, start + 3 + sectionBytes - 4));
}

/** Returns the PID of the table of the first program (2.4.4.3). */
function programPidOf(payload: Buffer): number | null {
  const section = sectionOf(payload);
  for (let at = 8; at + 4 <= section.length; at += 4)
    if (section.readUInt16BE(at) !== 0) return section.readUInt16BE(at + 2) & 0x1fff;
  return null;
}

/** Returns the PIDs of the first tracks of a program that are H.264 and AAC (2.4.4.8). */
function trackPidsOf(payload: Buffer): { video?: number; audio?: number } {
  const section = sectionOf(payload);
  const pids: { video?: number; audio?: number } = {};
  if (section.length < 12) return pids;
  let at = 12 + (section.readUInt16BE(10) & 0x0fff);
  while (at + 5 <= section.length) {
    const type = section.readUInt8(at);
    const pid = section.readUInt16BE(at + 1) & 0x1fff;
    if (type === STREAM_TYPES.video) pids.video ??= pid;
    if (type === STREAM_TYPES.audio) pids.audio ??= pid;
    at += 5 + (section.readUInt16BE(at + 3) & 0x0fff);
  }
  return pids;
}

/** Returns the presentation time and the data of a PES packet (2.4.3.7). */
function packetContent(packet: Buffer): { startSeconds: number | null; data: Buffer } {
  const data = packet.subarray(Math.min(packet.length, 9 + (packet[8] ?? 0)));
  const hasTime = packet.length >= 14 && (packet.readUInt8(7) & 0x80) !== 0;
  if (!hasTime) return { startSeconds: null, data };
  // 33 bits in three parts, with a marker behind each.
  const ticks =
    ((packet.readUInt8(9) >> 1) & 0x07) * 2 ** 30 +
    (packet.readUInt16BE(10) >> 1) * 2 ** 15 +
    (packet.readUInt16BE(12) >> 1);
  return { startSeconds: ticks / TICKS_PER_SECOND, data };
}

/** Returns the parameter sets in front of the first picture (ITU-T H.264, 7.3.2 and annex B); null unless it has both kinds. */
function parameterSets(data: Buffer): Buffer[] | null {
  const sets: Buffer[] = [];
  const types = new Set<number>();
  let at = data.indexOf(START_CODE);
  while (at !== -1 && at + 3 < data.length) {
    const start = at + 3;
    const next = data.indexOf(START_CODE, start);
    const type = data.readUInt8(start) & 0x1f;
    if (type === NAL_TYPES.slice || type === NAL_TYPES.keyframe) break;
    const isSet = type === NAL_TYPES.sequenceParameters || type === NAL_TYPES.pictureParameters;
    // Without its end, a set may be cut off.
    if (isSet && next === -1) return null;
    if (isSet) {
      types.add(type);
      sets.push(withoutTrailingZeros(data.subarray(start, next)));
    }
    at = next;
  }
  return types.size === 2 ? sets : null;
}

const START_CODE = Buffer.from([0, 0, 1]);

/** Removes the zero that belongs to a start code of four bytes. */
function withoutTrailingZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

/** Returns what stays the same in each header of AAC (ADTS): profile, sampling rate and channels (ISO/IEC 13818-7, 6.2.1). */
function fixedAudioHeader(data: Buffer): Buffer | null {
  if (data.length < 4 || (data.readUInt16BE(0) & 0xfff6) !== 0xfff0) return null;
  return Buffer.from([data.readUInt8(2) & 0xfd, data.readUInt8(3) & 0xc0]);
}

function hashOf(parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex');
}
