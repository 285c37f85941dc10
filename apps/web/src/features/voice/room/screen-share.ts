import type { ScreenShareCaptureOptions, TrackPublishOptions } from 'livekit-client';
import { QUALITY_PRESETS, type Quality } from '@hindsight/shared/replay/replay';

/** The rate is one for music, because a share's sound is a game or a film, not a voice. */
const SHARE_AUDIO_BITRATE_BPS = 128_000;

/** Returns the options for `getDisplayMedia`. */
export function captureOptions(quality: Quality): ScreenShareCaptureOptions {
  const { width, height, framesPerSecond } = QUALITY_PRESETS[quality];
  return {
    resolution: { width, height, frameRate: framesPerSecond },
    contentHint: contentHint(quality),
    audio: {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      channelCount: 2,
      // With system sound, other people would hear themselves; a tab's own sound is not affected.
      restrictOwnAudio: true,
    },
    systemAudio: 'include',
    selfBrowserSurface: 'include',
    surfaceSwitching: 'include',
  };
}

/** Chooses the hint for the encoder: 60 frames a second means movement; the other qualities keep text sharp. */
function contentHint(quality: Quality): 'motion' | 'detail' {
  return QUALITY_PRESETS[quality].framesPerSecond > 30 ? 'motion' : 'detail';
}

/**
 * Returns how the picture is published. Clips are cut without re-encoding, which needs H.264 in one layer; there is no
 * backup codec, because a second stream of the same share would cost the sharer twice.
 */
export function videoPublishOptions(quality: Quality, isH264Available: boolean): TrackPublishOptions {
  const { bitrateBps, framesPerSecond } = QUALITY_PRESETS[quality];
  return {
    videoCodec: isH264Available ? 'h264' : 'vp8',
    simulcast: false,
    backupCodec: false,
    screenShareEncoding: { maxBitrate: bitrateBps, maxFramerate: framesPerSecond },
    // A smaller picture can't be read, and the size would change within a clip; fewer frames do no such harm.
    degradationPreference: 'maintain-resolution',
  };
}

/** Returns how the share's sound is published: in stereo, without pauses and redundancy, as the recorder keeps it. */
export function audioPublishOptions(): TrackPublishOptions {
  return { audioPreset: { maxBitrate: SHARE_AUDIO_BITRATE_BPS }, dtx: false, red: false, forceStereo: true };
}

/** Tells whether this browser can send H.264; some builds without patented codecs cannot. */
export function canSendH264(): boolean {
  const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
  return codecs.some(({ mimeType }) => mimeType.toLowerCase() === 'video/h264');
}
