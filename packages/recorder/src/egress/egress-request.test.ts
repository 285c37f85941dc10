import type { Quality } from '@hindsight/shared/replay/replay';
import { AudioCodec, EncodingOptions, EncodingOptionsPreset, S3Upload, VideoCodec } from 'livekit-server-sdk';
import { describe, expect, it } from 'vitest';
import { directoryOf, trackCompositeRequest } from './egress-request.ts';

const SHARE = { room: 'room', videoTrackSid: 'TR_V', audioTrackSid: 'TR_A' };
const TARGET = { directory: '/out/room/user/session', segmentMs: 4000 };
const encodingOf = (quality: Quality) =>
  trackCompositeRequest({ ...SHARE, quality }, TARGET).options.encodingOptions;

describe('the request for an egress', () => {
  it('names both tracks and writes HLS into a folder of its own, under other playlist names than ours', () => {
    const { room, options, outputs } = trackCompositeRequest({ ...SHARE, quality: '720p' }, TARGET);
    expect(room).toBe('room');
    expect(options).toMatchObject({ videoTrackId: 'TR_V', audioTrackId: 'TR_A' });
    expect(outputs.segments?.toJson()).toEqual({
      protocol: 'HLS_PROTOCOL',
      filenamePrefix: '/out/room/user/session/segment',
      playlistName: 'egress.m3u8',
      livePlaylistName: 'egress-live.m3u8',
      segmentDuration: 4,
      disableManifest: true,
    });
  });

  it('names the bucket that egress uploads to, if there is one', () => {
    const upload = new S3Upload({
      bucket: 'clips',
      accessKey: 'key',
      secret: 'secret',
      forcePathStyle: true,
    });
    const target = { ...TARGET, directory: 'prefix/replay-buffer/room/user/session', upload };
    const { segments } = trackCompositeRequest({ ...SHARE, quality: '720p' }, target).outputs;
    expect(segments?.toJson()).toMatchObject({
      filenamePrefix: 'prefix/replay-buffer/room/user/session/segment',
      s3: { bucket: 'clips', accessKey: 'key', secret: 'secret', forcePathStyle: true },
    });
  });

  it('records a share without sound', () => {
    const { options } = trackCompositeRequest(
      { room: 'room', videoTrackSid: 'TR_V', quality: '720p' },
      TARGET,
    );
    expect(options).not.toHaveProperty('audioTrackId');
  });

  it('asks for whole seconds, at least one', () => {
    const secondsOf = (segmentMs: number) =>
      trackCompositeRequest({ ...SHARE, quality: '720p' }, { ...TARGET, segmentMs }).outputs.segments
        ?.segmentDuration;
    expect([400, 2500, 6000].map(secondsOf)).toEqual([1, 3, 6]);
  });

  it('uses presets for two qualities and explicit options for the third, in kbit/s and without Opus', () => {
    expect(encodingOf('720p')).toBe(EncodingOptionsPreset.H264_720P_30);
    expect(encodingOf('1080p')).toBe(EncodingOptionsPreset.H264_1080P_60);
    expect(encodingOf('1440p')).toEqual(
      new EncodingOptions({
        width: 2560,
        height: 1440,
        framerate: 30,
        videoCodec: VideoCodec.H264_HIGH,
        videoBitrate: 8000,
        audioCodec: AudioCodec.AAC,
        audioBitrate: 128,
        audioFrequency: 48_000,
      }),
    );
  });

  it.each([
    ['/out/room/user/session/segment', '/out/room/user/session'],
    ['/out/other/file', null],
    ['', null],
  ])('finds the folder of %s', (prefix, directory) => {
    expect(directoryOf(prefix)).toBe(directory);
  });
});
