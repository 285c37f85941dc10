import { SegmentedControl, Skeleton, Switch } from '@mantine/core';
import { voiceConsentSchema, type VoiceConsent } from '@hindsight/shared/replay/voice-consent';
import { presentError } from '../../api/present-error.ts';
import { useVoiceConsent } from '../../domain/replay/use-voice-consent.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { PreferenceRow, PreferenceSection } from './preference-row.tsx';

const CONSENTS: { value: VoiceConsent; label: string }[] = [
  { value: 'ALWAYS', label: 'Always' },
  { value: 'ASK', label: 'Ask me' },
  { value: 'NEVER', label: 'Never' },
];

/** Sets whose clips may have the person's voice. It is kept on the server, for all their browsers. */
export function VoicePreferences({ communities }: { communities: readonly { id: string; name: string }[] }) {
  const { consent, error, refetch, update, answer, isChanging } = useVoiceConsent();
  if (consent === null)
    return (
      <PreferenceSection title="My voice">
        {error === null ? (
          <Skeleton h={120} aria-label="Loading what you said to your voice" />
        ) : (
          <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
        )}
      </PreferenceSection>
    );
  const answered = communities.flatMap(({ id, name }) => {
    const mayKeepVoice = consent.communities.find(({ communityId }) => communityId === id)?.mayKeepVoice;
    return mayKeepVoice == null ? [] : [{ id, name, mayKeepVoice }];
  });
  return (
    <PreferenceSection title="My voice">
      <PreferenceRow
        name="In other people’s clips"
        hint="Nobody’s replay buffer keeps your voice without your yes. A change holds in all communities, and what buffers may no longer hold of it is deleted at once."
      >
        <SegmentedControl
          withItemsBorders={false}
          aria-label="My voice in other people’s clips"
          data={CONSENTS}
          value={consent.voiceConsent}
          disabled={isChanging}
          onChange={(value) => update({ voiceConsent: voiceConsentSchema.parse(value) })}
        />
      </PreferenceRow>
      {answered.map(({ id, name, mayKeepVoice }) => (
        <PreferenceRow
          key={id}
          name={`In ${name}`}
          hint={
            mayKeepVoice
              ? 'You said yes: while others record there, your voice is kept.'
              : 'You said no: your voice is left out there.'
          }
        >
          <Switch
            aria-label={`My voice in clips of ${name}`}
            checked={mayKeepVoice}
            disabled={isChanging}
            onChange={(event) => answer(id, event.currentTarget.checked)}
          />
        </PreferenceRow>
      ))}
      <PreferenceRow name="In my own clips" hint="Your microphone, while your share is recorded.">
        <Switch
          aria-label="My microphone in my own clips"
          checked={consent.keepsOwnVoice}
          disabled={isChanging}
          onChange={(event) => update({ keepsOwnVoice: event.currentTarget.checked })}
        />
      </PreferenceRow>
    </PreferenceSection>
  );
}
