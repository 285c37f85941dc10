/** Bytes of the sample tables (ISO/IEC 14496-12, 8.6 and 8.7) at their worst: nothing alike from one sample to the next. */
const VIDEO_SAMPLE_BYTES = 8 + 8 + 4 + 4; // stts, ctts, stsz, stss
const AUDIO_SAMPLE_BYTES = 8 + 4 + 8; // stts, stsz, sbgp
const CHUNK_BYTES = 8 + 12; // co64, stsc
const FIXED_BYTES = 16 * 1024;

/** An upper bound for the index of a clip; what it doesn't need becomes a free box. */
export function moovUpperBound(samples: { video: number; audio: number }): number {
  // A chunk ends where the tracks alternate.
  const chunks = 2 * Math.min(samples.video, samples.audio) + 2;
  return (
    FIXED_BYTES +
    samples.video * VIDEO_SAMPLE_BYTES +
    samples.audio * AUDIO_SAMPLE_BYTES +
    chunks * CHUNK_BYTES
  );
}
