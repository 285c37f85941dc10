/**
 * The sample tables take at most this many bytes for each sample, when no two samples are alike (ISO/IEC 14496-12, 8.6, 8.7).
 */
const VIDEO_SAMPLE_BYTES = 8 + 8 + 4 + 4; // stts, ctts, stsz, stss
const AUDIO_SAMPLE_BYTES = 8 + 4 + 8; // stts, stsz, sbgp
const CHUNK_BYTES = 8 + 12; // co64, stsc
const FIXED_BYTES = 16 * 1024;

/** Returns an upper bound for the size of a clip's moov. What the moov doesn't need becomes a free box. */
export function moovUpperBound(samples: { video: number; audio: number }): number {
  // A chunk ends where the file changes from one track to the other.
  const chunks = 2 * Math.min(samples.video, samples.audio) + 2;
  return (
    FIXED_BYTES +
    samples.video * VIDEO_SAMPLE_BYTES +
    samples.audio * AUDIO_SAMPLE_BYTES +
    chunks * CHUNK_BYTES
  );
}
