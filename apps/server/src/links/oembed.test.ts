import { describe, expect, it } from 'vitest';
import { LINK_ADDRESS, LINKED_CLIP } from './testing/linked-clip.ts';
import { oembedVideo, tokenOf } from './oembed.ts';

const CLIP = { ...LINKED_CLIP, title: 'The "goal" <3' };
const NO_LIMITS = { maxWidth: Number.MAX_SAFE_INTEGER, maxHeight: Number.MAX_SAFE_INTEGER };

describe('the description of a link for frames', () => {
  it('has the player in a frame of the clip’s size', () => {
    expect(oembedVideo(CLIP, LINK_ADDRESS, NO_LIMITS)).toMatchObject({
      version: '1.0',
      type: 'video',
      title: 'The "goal" <3',
      author_name: 'ada',
      provider_url: 'https://clips.example',
      width: 1280,
      height: 720,
      html:
        '<iframe src="https://clips.example/l/t0ken/player" width="1280" height="720" ' +
        'title="The &quot;goal&quot; &lt;3" style="border:0" allow="fullscreen" allowfullscreen></iframe>',
    });
  });

  it('has a picture of the size that posters have', () => {
    expect(oembedVideo(CLIP, LINK_ADDRESS, NO_LIMITS)).toMatchObject({
      thumbnail_url: 'https://clips.example/api/links/t0ken/poster.jpg?v=2',
      thumbnail_width: 640,
      thumbnail_height: 360,
    });
    expect(oembedVideo({ ...CLIP, posterUrl: null }, LINK_ADDRESS, NO_LIMITS)).not.toHaveProperty(
      'thumbnail_url',
    );
  });

  it.each([
    ['narrow', { maxWidth: 320, maxHeight: 10_000 }, [320, 180]],
    ['low', { maxWidth: 10_000, maxHeight: 90 }, [160, 90]],
    ['larger than the clip', { maxWidth: 4000, maxHeight: 4000 }, [1280, 720]],
    ['next to nothing', { maxWidth: 1, maxHeight: 1 }, [1, 1]],
  ])('fits into a place that is %s', (_name, limits, size) => {
    const { width, height, html } = oembedVideo(CLIP, LINK_ADDRESS, limits);
    expect([width, height]).toEqual(size);
    expect(html).toContain(`width="${width}" height="${height}"`);
  });

  it('has a usual size where the clip’s is not known', () => {
    const unknown = { ...CLIP, media: { ...CLIP.media, width: null } };
    expect(oembedVideo(unknown, LINK_ADDRESS, NO_LIMITS)).toMatchObject({ width: 1280, height: 720 });
  });
});

describe('the token in an address', () => {
  it.each([
    ['https://clips.example/l/t0ken', 't0ken'],
    ['https://clips.example/l/t0ken?t=12', 't0ken'],
    ['http://clips.example/l/t0ken/', 't0ken'],
    ['https://clips.example/l/t0ken/player', null],
    ['https://clips.example/clips/t0ken', null],
    ['https://elsewhere.example/l/t0ken', null],
    ['https://clips.example.elsewhere.example/l/t0ken', null],
    ['https://clips.example@elsewhere.example/l/t0ken', null],
    ['https://clips.example/l/', null],
    ['/l/t0ken', null],
    ['', null],
  ])('of %s is %s', (address, token) => {
    expect(tokenOf(address, 'https://clips.example')).toBe(token);
  });
});
