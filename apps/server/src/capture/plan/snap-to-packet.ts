const OPUS_PACKET_SECONDS = 0.02;

/**
 * Returns the nearest start of an audio packet (at most 10 ms away), never before the first picture. If a clip starts
 * inside a packet, Chromium plays its audio up to a packet late after a seek.
 */
export function snapToPacket(seconds: number, audioStart: number | undefined, videoStart: number): number {
  if (audioStart === undefined) return seconds;
  const packet = Math.round((seconds - audioStart) / OPUS_PACKET_SECONDS);
  const snapped = audioStart + packet * OPUS_PACKET_SECONDS;
  return snapped < videoStart ? snapped + OPUS_PACKET_SECONDS : snapped;
}
