import { Alert, Button, Group, Text } from '@mantine/core';
import { useDispatch } from 'react-redux';
import { useVoiceState } from '../room/use-voice.ts';
import { VOICE_PROBLEMS, isEndOfStay } from '../room/voice-problem.ts';
import { useVoiceRoom } from '../room/voice-room.context.ts';
import { problemDismissed } from '../room/voice.slice.ts';

/** Shows a problem with the connection, the share or the microphone, where something can be done about it. */
export function VoiceNotice({ onJoinAgain }: { onJoinAgain: () => void }) {
  const dispatch = useDispatch();
  const room = useVoiceRoom();
  const { status, problem, isSoundBlocked } = useVoiceState();

  if (status === 'reconnecting')
    return (
      <Alert color="yellow" variant="light" title="Reconnecting" role="status">
        The connection to the voice server broke off. Your place is kept.
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
            <Button size="xs" variant="default" onClick={onJoinAgain}>
              Join again
            </Button>
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
