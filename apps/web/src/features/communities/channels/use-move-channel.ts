import type { ChannelDto } from '@hindsight/shared/community/community';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { withMoved } from './channel-order.ts';

/** Moves a channel among those of its kind. It moves at once, and goes back when the server refuses. */
export function useMoveChannel(): (channel: ChannelDto, position: number) => void {
  const utils = trpc.useUtils();
  const update = trpc.channel.update.useMutation({
    onError: (error) => announceError(presentError(error)),
    onSettled: () => utils.community.list.invalidate(),
  });
  return (channel, position) => {
    void utils.community.list.cancel();
    utils.community.list.setData(undefined, (communities) =>
      communities?.map((community) =>
        community.id === channel.communityId
          ? { ...community, channels: withMoved(community.channels, channel, position) }
          : community,
      ),
    );
    update.mutate({ channelId: channel.id, position });
  };
}
