import type { ChannelDto } from '@hindsight/shared/community/community';

/** Moves a channel to another place among those of its kind. The order of the other kind stays. */
export function withMoved(channels: ChannelDto[], moved: ChannelDto, position: number): ChannelDto[] {
  const sameKind = channels.filter(({ kind, id }) => kind === moved.kind && id !== moved.id);
  return [...channels.filter(({ kind }) => kind !== moved.kind), ...sameKind.toSpliced(position, 0, moved)];
}
