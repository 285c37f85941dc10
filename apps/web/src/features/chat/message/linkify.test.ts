import { expect, test } from 'vitest';
import { linkify } from './linkify.ts';

const links = (text: string) => linkify(text).flatMap(({ href }) => (href === null ? [] : [href]));

test.each([
  ['see https://a.example/x?y=1#z', ['https://a.example/x?y=1#z']],
  ['(https://a.example/x).', ['https://a.example/x']],
  ['http://a.example and https://b.example!', ['http://a.example', 'https://b.example']],
  ['javascript:alert(1) data:text/html,x', []],
  ['https:// is nothing', []],
])('finds the addresses of “%s”', (text, found) => {
  expect(links(text)).toEqual(found);
});

test('leaves every character where it was', () => {
  const text = 'a https://a.example/x, b\n<https://b.example> c';
  expect(
    linkify(text)
      .map((part) => part.text)
      .join(''),
  ).toBe(text);
});
