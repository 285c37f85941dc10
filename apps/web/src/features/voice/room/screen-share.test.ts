import { QUALITY_PRESETS, type Quality } from '@hindsight/shared/replay/replay';
import { expect, test } from 'vitest';
import { captureOptions, videoPublishOptions } from './screen-share.ts';

const qualities = Object.keys(QUALITY_PRESETS) as Quality[];

test.each(qualities)('%s is captured and sent at the size, rate and bitrate of its preset', (quality) => {
  const preset = QUALITY_PRESETS[quality];
  expect(captureOptions(quality).resolution).toEqual({
    width: preset.width,
    height: preset.height,
    frameRate: preset.framesPerSecond,
  });
  expect(videoPublishOptions(quality, true)).toMatchObject({
    videoCodec: 'h264',
    simulcast: false,
    backupCodec: false,
    screenShareEncoding: { maxBitrate: preset.bitrateBps, maxFramerate: preset.framesPerSecond },
    degradationPreference: 'maintain-resolution',
  });
});

test('asks for the sound and offers the own tab', () => {
  expect(captureOptions('720p')).toMatchObject({ systemAudio: 'include', selfBrowserSurface: 'include' });
});

test('smooth movement is preferred at 60 frames a second, sharp text below', () => {
  expect(captureOptions('1080p').contentHint).toBe('motion');
  expect(captureOptions('1440p').contentHint).toBe('detail');
});

test('shares in VP8 where H.264 is missing', () => {
  expect(videoPublishOptions('720p', false).videoCodec).toBe('vp8');
});
