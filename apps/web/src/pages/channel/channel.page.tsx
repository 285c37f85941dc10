import { useEffect, useRef, useState } from 'react';
import { useParams } from 'react-router';
import type { ChannelDto } from '@hindsight/shared/community/community';
import { SECOND } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { preferenceChanged } from '../../features/preferences/preferences.slice.ts';
import { useRoomSessions } from '../../features/replay/session/use-own-buffer.ts';
import { Stage } from '../../features/voice/stage/stage.tsx';
import { useJoin, useVoiceState } from '../../features/voice/room/use-voice.ts';
import { VoiceControls } from '../../features/voice/controls/voice-controls.tsx';
import { useVoiceRoom } from '../../features/voice/room/voice-room.context.ts';
import { VoiceNotice } from '../../features/voice/controls/voice-notice.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import classes from './channel.module.css';
import { ChannelHeader } from './channel-header.tsx';
import { ChannelLobby } from './channel-lobby.tsx';
import { MoveHereDialog } from './move-here-dialog.tsx';
import { NotFoundPage } from '../fallback/not-found.page.tsx';
import { PageSkeleton } from '../fallback/page-skeleton.tsx';
import { ReplayDock } from './replay-dock.tsx';
import { TextChannel } from './text-channel.tsx';

/** Shows a text channel or a voice channel. */
export function ChannelPage() {
  const { communityId, channelId } = useParams();
  const { data, error, refetch } = trpc.community.list.useQuery();
  if (data === undefined)
    return error === null ? (
      <PageSkeleton />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  const community = data.find(({ id }) => id === communityId);
  const channel = community?.channels.find(({ id }) => id === channelId);
  if (community === undefined || channel === undefined) return <NotFoundPage />;
  if (channel.kind === 'TEXT')
    return <TextChannel key={channel.id} channel={channel} community={community} />;
  return <VoiceChannel key={channel.id} channel={channel} />;
}

/** The server knows after this at the latest that somebody has left. */
const LEAVING_TAKES_MS = 5 * SECOND;

/** Shows the lobby before joining, then the stage. */
function VoiceChannel({ channel }: { channel: ChannelDto }) {
  const dispatch = useAppDispatch();
  const voice = useVoiceState();
  const voiceRoom = useVoiceRoom();
  const join = useJoin();
  const quality = useAppSelector((state) => state.preferences.quality);
  const { data: status } = trpc.auth.status.useQuery();
  const { data: presence } = trpc.voice.presence.useQuery({ communityId: channel.communityId });
  const sessions = useRoomSessions(channel.id);

  useEffect(() => void voiceRoom.prepare(), [voiceRoom]);

  const isMine = voice.channel?.id === channel.id;
  const isHere = isMine && (voice.status === 'connected' || voice.status === 'reconnecting');
  const present = presence?.find((entry) => entry.channelId === channel.id)?.participants ?? [];
  const myUserId = status?.user?.id ?? null;
  const me = present.find(({ userId }) => userId === myUserId) ?? null;
  const leftAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (!isMine) return undefined;
    return () => void (leftAt.current = performance.now());
  }, [isMine]);
  const [isAsking, setAsking] = useState(false);

  function enter(): void {
    setAsking(false);
    void join(channel);
  }

  function enterOrAsk(): void {
    // The server may not have heard yet that this tab has left.
    const isElsewhere = me !== null && !isMine && performance.now() - leftAt.current > LEAVING_TAKES_MS;
    if (isElsewhere) setAsking(true);
    else enter();
  }

  return (
    <div className={classes.page}>
      <title>{`${channel.name} · Hindsight`}</title>
      <ChannelHeader
        channel={channel}
        peopleCount={isHere ? voice.people.length : present.length}
        sessions={sessions}
        myUserId={myUserId}
      />
      <div className={classes.notice}>
        <VoiceNotice channelId={channel.id} onJoinAgain={enter} />
      </div>
      {isHere ? (
        <Stage
          people={voice.people}
          recordedUserIds={new Set(sessions.map(({ userId }) => userId))}
          keptVoiceUserIds={new Set(sessions.flatMap(({ voices }) => voices.map(({ userId }) => userId)))}
        />
      ) : (
        <ChannelLobby
          channelName={channel.name}
          present={present}
          isJoining={isMine && voice.status === 'connecting'}
          onJoin={enterOrAsk}
        />
      )}
      <MoveHereDialog elsewhere={isAsking ? me : null} onMove={enter} onClose={() => setAsking(false)} />
      <footer className={classes.dock}>
        <ReplayDock channel={channel} isHere={isHere} />
        {isHere && (
          <VoiceControls
            quality={quality}
            onQuality={(changed) => dispatch(preferenceChanged({ quality: changed }))}
          />
        )}
      </footer>
    </div>
  );
}
