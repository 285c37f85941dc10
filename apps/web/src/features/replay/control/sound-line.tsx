import { Popover, Switch, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconWaveform } from '@tabler/icons-react';
import { useVoiceConsent } from '../../../domain/replay/use-voice-consent.ts';
import { PersonAvatar } from '../../../domain/people/person-avatar.tsx';
import classes from './sound-line.module.css';
import { soundLineText } from './sound-line-text.ts';

export interface SoundLineProps {
  communityId: string;
  /** Whether the share has sound; null when nothing is shared yet. */
  hasShareSound: boolean | null;
  /** The other people in the channel, and whether the person's replay buffer keeps their voice now. */
  others: readonly { userId: string; username: string; isKept: boolean }[];
}

/** Says in one line what goes into the sound of the person's clips; a click shows whose voices, with the switch for one's own. */
export function SoundLine({ communityId, hasShareSound, others }: SoundLineProps) {
  const { consent, update, isChanging } = useVoiceConsent();
  if (consent === null) return null;
  const isAllowed = consent.communities.find((each) => each.communityId === communityId)?.isAllowed === true;
  const keepsVoices = consent.isSupported && isAllowed;
  const voiceCount = others.filter(({ isKept }) => isKept).length;
  const isOwnVoiceKept = keepsVoices && consent.keepsOwnVoice;
  const text = soundLineText({ hasShareSound, isOwnVoiceKept, voiceCount });
  return (
    <Popover position="top-start" width={300} withArrow shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes.line}>
          <span>Sound: {text}</span>
          <IconChevronDown size={14} aria-hidden className={classes.chevron} />
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.panel}>
        {keepsVoices ? (
          <>
            <Text size="xs" c="dimmed">
              Clips have the sound of your share, your microphone, and the voices of those who agreed.
            </Text>
            <Switch
              label="My microphone"
              labelPosition="left"
              classNames={{ body: classes.switch }}
              checked={consent.keepsOwnVoice}
              disabled={isChanging}
              onChange={(event) => update({ keepsOwnVoice: event.currentTarget.checked })}
            />
            {others.length === 0 ? (
              <Text size="xs" c="dimmed">
                Nobody else is here.
              </Text>
            ) : (
              <ul className={classes.people} aria-label="Voices">
                {others.map(({ userId, username, isKept }) => (
                  <li key={userId} className={classes.person} data-kept={isKept || undefined}>
                    <PersonAvatar name={username} size={24} />
                    <Text span truncate className={classes.name}>
                      {username}
                    </Text>
                    {isKept && <IconWaveform size={14} color="var(--recording)" aria-hidden />}
                    <Text span size="xs" c="dimmed">
                      {isKept ? 'kept' : 'not kept'}
                    </Text>
                  </li>
                ))}
              </ul>
            )}
          </>
        ) : (
          <Text size="xs" c="dimmed">
            {consent.isSupported
              ? 'This community keeps no voices: clips have the sound of your share alone.'
              : 'This server’s recorder (LiveKit Egress) keeps no voices: clips have the sound of your share alone.'}
          </Text>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
