import { expect, test } from 'vitest';
import type { ChannelDto, ChannelKind } from '@hindsight/shared/community/community';
import { withMoved } from './channel-order.ts';

const channel = (id: string, kind: ChannelKind = 'TEXT'): ChannelDto => ({
  id,
  kind,
  name: id,
  communityId: 'home',
});
const [a, b, c, lounge] = [channel('a'), channel('b'), channel('c'), channel('lounge', 'VOICE')];

test.each([
  [a, 1, ['b', 'a', 'c']],
  [a, 2, ['b', 'c', 'a']],
  [c, 0, ['c', 'a', 'b']],
  [b, 1, ['a', 'b', 'c']],
])('%o at place %i', (moved, position, order) => {
  const channels = withMoved([a, lounge, b, c], moved, position);
  expect(channels.filter(({ kind }) => kind === 'TEXT').map(({ id }) => id)).toEqual(order);
  expect(channels.filter(({ kind }) => kind === 'VOICE')).toEqual([lounge]);
});
