/** Video tracks have this many ticks per second, the clock of RTP video (RFC 6184, 8.2.1). */
export const VIDEO_RATE = 90_000;
/** Opus tracks have this many ticks per second: MP4 counts Opus in 48 kHz samples, whatever rate was encoded. */
export const OPUS_RATE = 48_000;

/** The tracks of the recorder's segments have these ids (tkhd, ISO/IEC 14496-12, 8.3.2). */
export const VIDEO_TRACK_ID = 1;
export const AUDIO_TRACK_ID = 2;
