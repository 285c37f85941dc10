/** An H.264 encoder of ffmpeg that encodes a whole video in one pass. */
export interface VideoEncoder {
  /** The name is ffmpeg's. */
  name: string;
  /** These options stand before the input, and open the encoder's device. */
  deviceOptions: readonly string[];
  /** This filter brings pictures to the device, for encoders that don't do so themselves. */
  uploadFilter: string | null;
  /** Returns the options for a picture like x264's of this CRF. A lower number keeps more. */
  qualityOptions: (crf: number) => readonly string[];
}

/** It is in every ffmpeg that Hindsight works with, and the other encoders are measured by it. */
export const X264: VideoEncoder = {
  name: 'libx264',
  deviceOptions: [],
  uploadFilter: null,
  qualityOptions: (crf) => ['-preset', 'veryfast', '-crf', String(crf)],
};

/** DRM gives the first graphics card this name. */
const RENDER_NODE = '/dev/dri/renderD128';

/** VideoToolbox counts from 1 to 100, where more is better. */
const VIDEOTOOLBOX_BEST = 100;
const VIDEOTOOLBOX_STEP = 1.7;

/** The encoders of graphics cards and processors are tried in this order. What a machine doesn't have refuses within moments. */
export const HARDWARE_ENCODERS: readonly VideoEncoder[] = [
  {
    name: 'h264_nvenc',
    deviceOptions: [],
    uploadFilter: null,
    qualityOptions: (crf) => ['-preset', 'p4', '-rc', 'constqp', '-qp', String(crf)],
  },
  {
    name: 'h264_qsv',
    deviceOptions: [],
    uploadFilter: 'format=nv12',
    qualityOptions: (crf) => ['-preset', 'veryfast', '-global_quality', String(crf)],
  },
  {
    name: 'h264_vaapi',
    deviceOptions: ['-vaapi_device', RENDER_NODE],
    uploadFilter: 'format=nv12,hwupload',
    qualityOptions: (crf) => ['-rc_mode', 'CQP', '-qp', String(crf)],
  },
  {
    name: 'h264_videotoolbox',
    deviceOptions: [],
    uploadFilter: null,
    qualityOptions: (crf) => ['-q:v', String(Math.round(VIDEOTOOLBOX_BEST - VIDEOTOOLBOX_STEP * crf))],
  },
  {
    name: 'h264_amf',
    deviceOptions: [],
    uploadFilter: 'format=nv12',
    qualityOptions: (crf) => [
      '-quality',
      'balanced',
      '-rc',
      'cqp',
      '-qp_i',
      String(crf),
      '-qp_p',
      String(crf),
    ],
  },
];
