import { skipToken } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Outlet, useParams } from 'react-router';
import type { ChannelDto } from '@hindsight/shared/community';
import { trpc } from '../api/trpc.ts';
import { useAppSelector } from '../app/hooks.ts';
import { useRoomSessions } from '../features/replay/use-my-buffer.ts';
import { ChannelList } from '../features/shell/channel-list.tsx';
import { BottomBar, Rail } from '../features/shell/navigation.tsx';
import { ServerBanner } from '../features/shell/server-banner.tsx';
import { ShellLayout } from '../features/shell/shell-layout.tsx';
import { ShortcutsDialog } from '../features/shell/shortcuts-dialog.tsx';
import { ChannelPeople } from '../features/voice/channel-people.tsx';
import { listedPeople } from '../features/voice/listed-people.ts';
import { useVoiceState } from '../features/voice/use-voice.ts';
import { useVoiceRoom } from '../features/voice/voice-room.context.ts';
import { VoicePanel } from '../features/voice/voice-panel.tsx';
import { Dialogs } from './dialogs.tsx';
import { ShellHotkeys } from './shell-hotkeys.tsx';
import { ShellToasts } from './shell-toasts.tsx';
import { useLiveFeed } from './use-live-feed.ts';

/** The frame around all pages, and what lives as long as somebody is signed in. */
export function ShellPage() {
  const { communityId, channelId } = useParams();
  const voice = useVoiceState();
  const voiceRoom = useVoiceRoom();
  const preferences = useAppSelector((state) => state.preferences);
  const { data: status } = trpc.auth.status.useQuery();
  const { data: communities } = trpc.community.list.useQuery();

  const wantedId = communityId ?? voice.channel?.communityId;
  const community = communities?.find(({ id }) => id === wantedId) ?? communities?.[0];
  const { data: presence } = trpc.voice.presence.useQuery(
    community === undefined ? skipToken : { communityId: community.id },
  );
  const myChannelId = voice.channel?.id ?? null;
  const channelInView = community?.channels.find(({ id, kind }) => id === channelId && kind === 'VOICE')?.id;
  const watchedIds = [channelInView, myChannelId].filter((id) => typeof id === 'string');
  useLiveFeed({ communityId: community?.id, channelIds: [...new Set(watchedIds)] });
  const me = status?.user;
  const isRecorded = useRoomSessions(myChannelId).some(({ userId }) => userId === me?.id);

  // Signed out or gone from the page: the voice connection ends with it.
  useEffect(() => () => void voiceRoom.leave(), [voiceRoom]);

  function peopleBeneath(channel: ChannelDto) {
    const present = presence?.find((entry) => entry.channelId === channel.id)?.participants ?? [];
    const room = channel.id === myChannelId ? voice : null;
    return <ChannelPeople people={listedPeople(present, room)} channelName={channel.name} />;
  }

  return (
    <ShellLayout
      view={communityId !== undefined && channelId === undefined ? 'channels' : 'page'}
      banner={<ServerBanner />}
      rail={
        <Rail
          communities={communities}
          currentCommunityId={communityId === undefined ? null : (community?.id ?? null)}
          username={me?.username ?? ''}
        />
      }
      column={<ChannelList community={community} people={peopleBeneath} />}
      isVoiceOnPage={channelId !== undefined && channelId === myChannelId}
      voicePanel={<VoicePanel isRecorded={isRecorded} quality={preferences.quality} />}
      bottomBar={<BottomBar channelsPath={community === undefined ? '/' : `/c/${community.id}`} />}
    >
      <Outlet />
      <ShellHotkeys channelId={myChannelId ?? channelInView ?? null} />
      <ShellToasts myUserId={me?.id ?? null} />
      <Dialogs />
      <ShortcutsDialog />
    </ShellLayout>
  );
}
