import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PUBLIC = join(import.meta.dirname, '../../public');
const manifest = JSON.parse(await readFile(join(PUBLIC, 'manifest.webmanifest'), 'utf8')) as {
  icons: { src: string; sizes: string; type: string; purpose?: string }[];
};

test.each(manifest.icons.filter(({ type }) => type === 'image/png'))(
  'the icon $src of the installed app has $sizes pixels',
  async ({ src, sizes }) => {
    const png = await readFile(join(PUBLIC, src));
    // Width and height are the first two fields of a PNG's first chunk.
    expect(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`).toBe(sizes);
  },
);

test('browsers that install apps find the sizes that they need, also for a mask', () => {
  const sizes = manifest.icons.map((icon) => icon.sizes);
  expect(sizes).toEqual(expect.arrayContaining(['192x192', '512x512']));
  expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
});

test('the page names the manifest', async () => {
  const page = await readFile(join(PUBLIC, '../index.html'), 'utf8');
  expect(page).toContain('<link rel="manifest" href="/manifest.webmanifest" />');
});
