import { expect, test } from 'vitest';
import { cropOfShape } from './crop-of-shape.ts';

const wide = { width: 1920, height: 1080 };
const tall = { width: 1080, height: 2400 };

test.each([
  [wide, 'upright', 0, { x: 0, y: 0, width: 607, height: 1080 }],
  [wide, 'upright', 1, { x: 1313, y: 0, width: 607, height: 1080 }],
  [wide, 'square', 0.5, { x: 420, y: 0, width: 1080, height: 1080 }],
  [tall, 'upright', 0.5, { x: 0, y: 240, width: 1080, height: 1920 }],
  [wide, 'square', 3, { x: 840, y: 0, width: 1080, height: 1080 }],
] as const)('of %j, %s at %d', (size, shape, position, crop) => {
  expect(cropOfShape(size, shape, position)).toEqual(crop);
});
