/** Ticks a second of a video track: the clock of RTP video (RFC 6184, 8.2.1). */
export const VIDEO_RATE = 90_000;
/** Ticks a second of an Opus track: MP4 counts Opus in 48 kHz samples, whatever rate was encoded. */
export const OPUS_RATE = 48_000;

/** The recorder's segments number their tracks like this (tkhd, ISO/IEC 14496-12, 8.3.2). */
export const VIDEO_TRACK_ID = 1;
export const AUDIO_TRACK_ID = 2;
