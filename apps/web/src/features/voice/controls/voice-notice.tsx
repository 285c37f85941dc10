import { Alert, Button, Group, Text } from '@mantine/core';
import { useDispatch } from 'react-redux';
import { Link } from 'react-router';
import { useVoiceState } from '../room/use-voice.ts';
import { VOICE_PROBLEMS, isEndOfStay } from '../room/voice-problem.ts';
import { useVoiceRoom } from '../room/voice-room.context.ts';
import { problemDismissed, type VoiceChannel } from '../room/voice.slice.ts';

/** Shows a problem with the connection, the share or the microphone, where something can be done about it. */
export function VoiceNotice({ channelId, onJoinAgain }: { channelId: string; onJoinAgain: () => void }) {
  const dispatch = useDispatch();
  const room = useVoiceRoom();
  const { status, problem, endedStay, isSoundBlocked, localShare } = useVoiceState();

  if (status === 'reconnecting')
    return (
      <Alert color="yellow" variant="light" title="Reconnecting" role="status">
        {localShare === null ? LOST : `${LOST} ${SHARE_WAITS}`}
      </Alert>
    );
  if (problem !== null) {
    const { title, text, tone } = VOICE_PROBLEMS[problem];
    return (
      <Alert
        color={tone === 'calm' ? 'gray' : 'yellow'}
        variant="light"
        title={title}
        role="alert"
        withCloseButton
        closeButtonLabel="Dismiss"
        onClose={() => dispatch(problemDismissed())}
      >
        <Group justify="space-between" gap="xs">
          <Text maw={560}>{text}</Text>
          {isEndOfStay(problem) && (
            <JoinAgain channelId={channelId} endedStay={endedStay} onJoinAgain={onJoinAgain} />
          )}
        </Group>
      </Alert>
    );
  }
  if (isSoundBlocked && status === 'connected')
    return (
      <Alert color="gray" variant="light" title="Your browser holds the sound back" role="status">
        <Button size="xs" variant="default" onClick={() => void room.unblockSound()}>
          Turn the sound on
        </Button>
      </Alert>
    );
  return null;
}

const LOST = 'The connection to the voice server broke off. Once it is back, you are in the channel again.';
const SHARE_WAITS = 'Nobody sees your share until then; it goes on by itself, within 15 minutes.';

/** Leads back to the channel where the stay ended, which need not be the one in view. */
function JoinAgain({
  channelId,
  endedStay,
  onJoinAgain,
}: {
  channelId: string;
  endedStay: VoiceChannel | null;
  onJoinAgain: () => void;
}) {
  if (endedStay === null || endedStay.id === channelId)
    return (
      <Button size="xs" variant="default" onClick={onJoinAgain}>
        Join again
      </Button>
    );
  return (
    <Button size="xs" variant="default" component={Link} to={`/c/${endedStay.communityId}/${endedStay.id}`}>
      Back to {endedStay.name}
    </Button>
  );
}
