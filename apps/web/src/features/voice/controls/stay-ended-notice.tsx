import { Button, CloseButton, Group, Text } from '@mantine/core';
import { useDispatch } from 'react-redux';
import { Link, useParams } from 'react-router';
import { VOICE_PROBLEMS } from '../room/voice-problem.ts';
import { useVoiceState } from '../room/use-voice.ts';
import { problemDismissed } from '../room/voice.slice.ts';
import classes from './stay-ended-notice.module.css';

/** Says on every page but those of channels, which say it themselves, that a call ended by itself, and leads back to its lobby. */
export function StayEndedNotice() {
  const dispatch = useDispatch();
  const { channelId } = useParams();
  const { problem, endedStay } = useVoiceState();
  const isShown = problem !== null && endedStay !== null && channelId === undefined;
  return (
    <section aria-label="Ended call" aria-live="polite">
      {isShown && (
        <div className={classes.notice}>
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Text fw={600}>You are no longer in {endedStay.name}</Text>
            <CloseButton size="sm" aria-label="Dismiss" onClick={() => dispatch(problemDismissed())} />
          </Group>
          <Text size="xs" c="dimmed">
            {VOICE_PROBLEMS[problem].title}. {VOICE_PROBLEMS[problem].text}
          </Text>
          <Button
            mt="xs"
            size="compact-sm"
            component={Link}
            to={`/c/${endedStay.communityId}/${endedStay.id}`}
          >
            Open {endedStay.name}
          </Button>
        </div>
      )}
    </section>
  );
}
