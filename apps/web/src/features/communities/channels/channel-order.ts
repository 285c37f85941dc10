import type { ChannelDto } from '@hindsight/shared/community';

/** The channels with one of them at another place among those of its kind; the order of the other kind stays. */
export function withMoved(channels: ChannelDto[], moved: ChannelDto, position: number): ChannelDto[] {
  const sameKind = channels.filter(({ kind, id }) => kind === moved.kind && id !== moved.id);
  return [...channels.filter(({ kind }) => kind !== moved.kind), ...sameKind.toSpliced(position, 0, moved)];
}
