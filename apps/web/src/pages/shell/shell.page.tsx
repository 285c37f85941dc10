import { skipToken } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Outlet, useMatch, useParams } from 'react-router';
import type { ChannelDto } from '@hindsight/shared/community/community';
import { trpc } from '../../api/trpc.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { ConversationList } from '../../features/chat/conversations/conversation-list.tsx';
import { ChannelList } from '../../features/communities/channels/channel-list.tsx';
import { PopOutProvider } from '../../features/replay/popout/pop-out-provider.tsx';
import { useRecordingSign } from '../../features/replay/notices/use-recording-sign.ts';
import { useRoomSessions } from '../../features/replay/session/use-own-buffer.ts';
import { BottomBar, Rail } from '../../features/shell/navigation.tsx';
import { ServerBanner } from '../../features/shell/server-banner.tsx';
import { ShellLayout } from '../../features/shell/shell-layout.tsx';
import { ShortcutsDialog } from '../../features/shell/shortcuts-dialog.tsx';
import { ChannelPeople } from '../../features/voice/people/channel-people.tsx';
import { listedPeople } from '../../features/voice/people/listed-people.ts';
import { useVoiceState } from '../../features/voice/room/use-voice.ts';
import { useVoiceRoom } from '../../features/voice/room/voice-room.context.ts';
import { problemDismissed } from '../../features/voice/room/voice.slice.ts';
import { VoiceNote } from '../../features/voice/controls/voice-note.tsx';
import { VoicePanel } from '../../features/voice/controls/voice-panel.tsx';
import { dialogOpened } from '../../domain/dialogs/dialogs.slice.ts';
import { useTabSign } from '../../ui/use-tab-sign.ts';
import { OpenDialogView } from '../dialogs/open-dialog-view.tsx';
import { openSettingsTabs } from '../settings/settings-tabs.ts';
import { ShellHotkeys } from './shell-hotkeys.tsx';
import { ShellPopOut } from './shell-pop-out.tsx';
import { ShellToasts } from './shell-toasts.tsx';
import { useLiveFeed } from './use-live-feed.ts';
import { useUnreadCounts } from './use-unread-counts.ts';

/** Shows the frame around all pages, and holds what lives as long as somebody is signed in. */
export function ShellPage() {
  const { communityId, channelId } = useParams();
  const dispatch = useAppDispatch();
  const voice = useVoiceState();
  const voiceRoom = useVoiceRoom();
  const preferences = useAppSelector((state) => state.preferences);
  const { data: status } = trpc.auth.status.useQuery();
  const { data: communities } = trpc.community.list.useQuery();

  const wantedId = communityId ?? voice.channel?.communityId;
  const wanted = communities?.find(({ id }) => id === wantedId);
  // An unknown address must not show another community.
  const community = wanted ?? (communityId === undefined ? communities?.[0] : undefined);
  const isNowhere = communities !== undefined && community === undefined;
  const { data: presence } = trpc.voice.presence.useQuery(
    community === undefined ? skipToken : { communityId: community.id },
  );
  const myChannelId = voice.channel?.id ?? null;
  const channelInView = community?.channels.find(({ id, kind }) => id === channelId && kind === 'VOICE')?.id;
  const watchedIds = [channelInView, myChannelId, voice.endedStay?.id].filter((id) => typeof id === 'string');
  useLiveFeed({
    communityId: community?.id,
    channelIds: [...new Set(watchedIds)],
    isReady: communities !== undefined,
    isNeededUnseen: myChannelId !== null,
  });
  const isCommunityOpen = useMatch('/c/:communityId') !== null && !isNowhere;
  const isInMessages = useMatch('/dm/*') !== null;
  const isConversationOpen = useMatch('/dm/:conversationId') !== null;
  const unread = useUnreadCounts();
  const recordingSign = useRecordingSign(
    myChannelId ?? voice.endedStay?.id ?? null,
    voice.endedStay !== null,
  );
  useTabSign(recordingSign, unread.total);
  const me = status?.user;
  const sessions = useRoomSessions(myChannelId);
  const isRecorded = sessions.some(({ userId }) => userId === me?.id);

  // The voice connection ends when the person signs out or leaves the page.
  useEffect(() => () => void voiceRoom.leave(), [voiceRoom]);

  /** Hangs up quietly. The server has ended a call there already, which is no news to somebody who chose to leave. */
  function hangUpIn(leftCommunityId: string): void {
    if (voice.channel?.communityId === leftCommunityId) void voiceRoom.leave();
    dispatch(problemDismissed());
  }

  function peopleBeneath(channel: ChannelDto) {
    const present = presence?.find((entry) => entry.channelId === channel.id)?.participants ?? [];
    const room = channel.id === myChannelId ? voice : null;
    const people = listedPeople(present, room);
    return { count: people.length, list: <ChannelPeople people={people} channelName={channel.name} /> };
  }

  const shownChannelId = myChannelId ?? channelInView ?? null;
  return (
    <PopOutProvider panel={<ShellPopOut channelId={shownChannelId} />}>
      <ShellLayout
        view={isCommunityOpen || (isInMessages && !isConversationOpen) ? 'channels' : 'page'}
        banner={<ServerBanner />}
        rail={
          <Rail
            communities={communities}
            currentCommunityId={communityId === undefined ? null : (community?.id ?? null)}
            username={me?.username ?? ''}
            isInstanceAdmin={me?.isInstanceAdmin ?? false}
            onAddCommunity={() => dispatch(dialogOpened({ kind: 'add-community' }))}
            unreadMessages={unread.messages}
            unreadInCommunity={unread.inCommunity}
          />
        }
        column={
          isInMessages ? (
            <ConversationList myUserId={me?.id ?? null} />
          ) : isNowhere ? null : (
            <ChannelList
              community={community}
              hasSettings={openSettingsTabs(community?.actions ?? []).length > 0}
              people={peopleBeneath}
              unreadIn={unread.inChannel}
              onLeft={hangUpIn}
            />
          )
        }
        isVoiceOnPage={channelId !== undefined && channelId === myChannelId}
        voiceNote={
          voice.channel !== null && (
            <VoiceNote
              communityId={voice.channel.communityId}
              sessions={sessions}
              myUserId={me?.id ?? null}
            />
          )
        }
        voicePanel={<VoicePanel isRecorded={isRecorded} quality={preferences.quality} />}
        bottomBar={
          <BottomBar
            channelsPath={community === undefined ? '/' : `/c/${community.id}`}
            unreadMessages={unread.messages}
            unreadInChannels={unread.total - unread.messages}
          />
        }
      >
        <Outlet />
        <ShellHotkeys channelId={shownChannelId} />
        <ShellToasts myUserId={me?.id ?? null} />
        <OpenDialogView />
        <ShortcutsDialog />
      </ShellLayout>
    </PopOutProvider>
  );
}
