import { Button, Text } from '@mantine/core';
import type { RoomSession } from '@hindsight/shared/replay/replay';
import { useServerLink } from '../../../api/server-link.slice.ts';
import { useVoiceConsent } from '../../../domain/replay/use-voice-consent.ts';
import { joinNames } from '../../../format/join-names.ts';
import { voiceNoteState, type VoiceNoteState } from './voice-note-state.ts';
import classes from './voice-note.module.css';

/** Asks, above the voice controls, whether others may keep my voice, or says that they do, with the way out. */
export function VoiceNote({
  communityId,
  sessions,
  myUserId,
}: {
  communityId: string;
  /** The recordings of the channel that I am in. */
  sessions: RoomSession[];
  myUserId: string | null;
}) {
  const { isUnheard } = useServerLink();
  const { consent, answer, isChanging } = useVoiceConsent();
  const note = voiceNoteState({ sessions, myUserId, communityId, consent });
  if (note === null) return null;

  const button = (mayKeepVoice: boolean, label: string) => (
    <Button
      size="compact-sm"
      variant="default"
      disabled={isChanging}
      onClick={() => answer(communityId, mayKeepVoice)}
    >
      {label}
    </Button>
  );
  return (
    <section className={classes.note} aria-label="My voice in replays" data-kind={note.kind}>
      <Text size="xs" role="status">
        {noteText(note, isUnheard)}
      </Text>
      <div className={classes.buttons}>
        {note.kind === 'question' && (
          <>
            {button(true, 'Yes')}
            {button(false, 'No')}
          </>
        )}
        {note.kind === 'kept' && button(false, 'Leave out')}
        {note.kind === 'left-out' && button(true, 'Let it in')}
      </div>
    </section>
  );
}

function noteText({ kind, names }: VoiceNoteState, isUnheard: boolean): string {
  const buffers = `${joinNames(names.map((name) => `${name}’s`))} replay buffer${names.length > 1 ? 's' : ''}`;
  if (kind === 'kept') return `Your voice ${isUnheard ? 'may still be kept' : 'is'} in ${buffers}.`;
  if (kind === 'left-out') return `Your voice is left out of ${buffers}.`;
  return `${joinNames(names)} ${names.length > 1 ? 'keep' : 'keeps'} a replay. May your voice be in the replays of this community?`;
}
