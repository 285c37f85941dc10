import { describe, expect, it } from 'vitest';
import { linkHead, withHead } from './link-page.ts';
import { LINK_ADDRESS, LINKED_CLIP } from './testing/linked-clip.ts';

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta
      name="description"
      content="Save the last minutes."
    />
    <title>Hindsight</title>
  </head>
  <body><div id="root"></div></body>
</html>
`;

describe('the head of a link’s page', () => {
  it('describes the clip to other programs, with absolute URLs', () => {
    const head = linkHead(LINKED_CLIP, LINK_ADDRESS);
    for (const tag of [
      '<title>The goal</title>',
      '<meta name="robots" content="noindex" />',
      '<meta property="og:title" content="The goal" />',
      '<meta property="og:type" content="video.other" />',
      '<meta property="og:url" content="https://clips.example/l/t0ken" />',
      '<meta property="og:image" content="https://clips.example/api/links/t0ken/poster.jpg?v=2" />',
      '<meta property="og:image:width" content="640" />',
      '<meta property="og:image:height" content="360" />',
      '<meta property="og:video" content="https://clips.example/api/links/t0ken/small.mp4" />',
      '<meta property="og:video:secure_url" content="https://clips.example/api/links/t0ken/small.mp4" />',
      '<meta property="og:video:type" content="video/mp4" />',
      '<meta property="og:video:width" content="1280" />',
      '<meta property="og:video:height" content="720" />',
      '<meta property="video:duration" content="61" />',
      '<meta name="twitter:card" content="player" />',
      '<meta name="twitter:image" content="https://clips.example/api/links/t0ken/poster.jpg?v=2" />',
      '<meta name="twitter:player" content="https://clips.example/l/t0ken/player" />',
      '<meta name="twitter:player:width" content="1280" />',
      '<meta name="twitter:player:height" content="720" />',
      '<meta name="twitter:player:stream" content="https://clips.example/api/links/t0ken/small.mp4" />',
      '<link rel="alternate" type="application/json+oembed" href="https://clips.example/api/oembed?url=https%3A%2F%2Fclips.example%2Fl%2Ft0ken" title="The goal" />',
    ])
      expect(head).toContain(tag);
  });

  it('leaves out missing values, and over plain http what has to be secure', () => {
    const head = linkHead(
      { ...LINKED_CLIP, posterUrl: null, media: { ...LINKED_CLIP.media, width: null } },
      { ...LINK_ADDRESS, origin: 'http://10.0.0.2:3000' },
    );
    expect(head).not.toMatch(/image|width|secure_url|player|null/);
    expect(head).toContain('<meta name="twitter:card" content="summary" />');
    expect(head).toContain('content="http://10.0.0.2:3000/l/t0ken"');
  });

  it('escapes titles and hosts', () => {
    const title = `</title><script>alert(1)</script>" onload='x' & $& $\` $1`;
    const page = withHead(
      PAGE,
      linkHead({ ...LINKED_CLIP, title }, { ...LINK_ADDRESS, origin: 'http://a"><b>' }),
    );
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<b>');
    expect(page).not.toContain("'x'");
    expect(page).toContain(
      '<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp; $&amp; $` $1</title>',
    );
    expect(page.match(/<title>/g)).toHaveLength(1);
    expect(page.match(/<\/head>/g)).toHaveLength(1);
  });

  it('replaces the app’s own title and description, and nothing else', () => {
    const page = withHead(PAGE, linkHead(LINKED_CLIP, LINK_ADDRESS));
    expect(page).not.toContain('Save the last minutes.');
    expect(page).not.toContain('<title>Hindsight</title>');
    expect(page).toContain('<div id="root"></div>');
    expect(page.startsWith('<!doctype html>\n<html lang="en">\n  <head>')).toBe(true);
  });
});
