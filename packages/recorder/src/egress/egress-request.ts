import type { Quality } from '@hindsight/shared/replay/replay';
import { SegmentedFileSuffix } from '@livekit/protocol';
import {
  AudioCodec,
  EncodingOptions,
  EncodingOptionsPreset,
  SegmentedFileOutput,
  SegmentedFileProtocol,
  VideoCodec,
  type EncodedOutputs,
  type S3Upload,
  type TrackCompositeOptions,
} from 'livekit-server-sdk';
import type { RecordingRequest } from '../recorder.port.ts';

/** Egress' own playlists have these names. Ours, with the true clock, are made from them. */
export const EGRESS_PLAYLISTS = { full: 'egress.m3u8', live: 'egress-live.m3u8' } as const;
const SEGMENT_PREFIX = 'segment';

export interface TrackCompositeRequest {
  room: string;
  outputs: EncodedOutputs;
  options: TrackCompositeOptions;
}

/**
 * Builds the request for a recording. Egress numbers segments from 0 each time and overwrites existing files, so `directory`,
 * as egress sees it, must be for this recording only. With `upload`, it is a folder of that bucket.
 */
export function trackCompositeRequest(
  request: Pick<RecordingRequest, 'room' | 'videoTrackSid' | 'audioTrackSid' | 'quality'>,
  { directory, segmentMs, upload }: { directory: string; segmentMs: number; upload?: S3Upload | undefined },
): TrackCompositeRequest {
  return {
    room: request.room,
    outputs: {
      segments: new SegmentedFileOutput({
        protocol: SegmentedFileProtocol.HLS_PROTOCOL,
        filenamePrefix: `${directory}/${SEGMENT_PREFIX}`,
        filenameSuffix: SegmentedFileSuffix.INDEX,
        playlistName: EGRESS_PLAYLISTS.full,
        livePlaylistName: EGRESS_PLAYLISTS.live,
        segmentDuration: Math.max(1, Math.round(segmentMs / 1000)),
        disableManifest: true,
        ...(upload === undefined ? {} : { output: { case: 's3' as const, value: upload } }),
      }),
    },
    options: {
      videoTrackId: request.videoTrackSid,
      ...(request.audioTrackSid === undefined ? {} : { audioTrackId: request.audioTrackSid }),
      encodingOptions: encodingOf(request.quality),
    },
  };
}

/** Returns the directory that an egress writes into, as egress sees it; null when it isn't one of our recordings. */
export function directoryOf(filenamePrefix: string): string | null {
  return new RegExp(`^(.+)/${SEGMENT_PREFIX}$`).exec(filenamePrefix)?.[1] ?? null;
}

function encodingOf(quality: Quality): EncodingOptionsPreset | EncodingOptions {
  switch (quality) {
    case '720p':
      return EncodingOptionsPreset.H264_720P_30;
    case '1080p':
      return EncodingOptionsPreset.H264_1080P_60;
    case '1440p':
      // This quality has no preset. Bitrates are in kbit/s; Opus is refused in segments.
      return new EncodingOptions({
        width: 2560,
        height: 1440,
        framerate: 30,
        videoCodec: VideoCodec.H264_HIGH,
        videoBitrate: 8000,
        audioCodec: AudioCodec.AAC,
        audioBitrate: 128,
        audioFrequency: 48_000,
      });
  }
}
