import { Button, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { trpc } from '../../api/trpc.ts';
import { PasswordForm } from '../../features/auth/password-form.tsx';
import { SignOutButton } from '../../features/auth/sign-out-button.tsx';
import { ExtensionPairing } from '../../features/keys/extension-pairing.tsx';
import { ExtensionSteps } from '../../features/keys/extension-steps.tsx';
import { KeySettings } from '../../features/keys/key-settings.tsx';
import { AppearancePreferences, SoundPreferences } from '../../features/preferences/browser-preferences.tsx';
import { HotkeyPreferences } from '../../features/preferences/hotkey-preferences.tsx';
import { PreferenceRow, PreferenceSection } from '../../features/preferences/preference-row.tsx';
import { MyVoiceClips } from '../../features/preferences/my-voice-clips.tsx';
import { ReplayPreferences } from '../../features/preferences/replay-preferences.tsx';
import { VoicePreferences } from '../../features/preferences/voice-preferences.tsx';
import { formatMoment } from '../../format/format-date.ts';
import { PersonAvatar } from '../../domain/people/person-avatar.tsx';
import classes from './me.module.css';

/** Shows the account, and what this browser remembers. */
export function MePage() {
  const { data } = trpc.auth.status.useQuery();
  const { data: communities } = trpc.community.list.useQuery();
  const user = data?.user;
  return (
    <div className={classes.page}>
      <title>Me · Hindsight</title>
      <Title order={1}>Me</Title>
      {user && (
        <section className={classes.account} aria-label="Who you are">
          <PersonAvatar name={user.username} size={52} />
          <div className={classes.words}>
            <Text fw={600} size="md" truncate>
              {user.username}
            </Text>
            <Text size="xs" c="dimmed">
              {user.isInstanceAdmin ? 'Admin of this server · ' : ''}since {formatMoment(user.createdAt)}
            </Text>
          </div>
          <SignOutButton />
        </section>
      )}
      <Text c="dimmed">
        Lengths and keys go with your account; everything else here is kept in this browser.
      </Text>
      <ReplayPreferences />
      <HotkeyPreferences />
      <SoundPreferences />
      <AppearancePreferences />
      {user && <VoicePreferences communities={communities ?? []} />}
      {user && <MyVoiceClips />}
      {user && (
        <PreferenceSection title="Keys for other programs">
          <KeySettings username={user.username} />
          <ExtensionSteps />
        </PreferenceSection>
      )}
      {user && <ExtensionPairing username={user.username} />}
      {user && <AccountSection username={user.username} />}
    </div>
  );
}

function AccountSection({ username }: { username: string }) {
  const [isChanging, setChanging] = useState(false);
  return (
    <PreferenceSection title="Account">
      {isChanging ? (
        <PasswordForm username={username} onDone={() => setChanging(false)} />
      ) : (
        <PreferenceRow name="Password" hint="A new one signs all your other devices out.">
          <Button variant="default" onClick={() => setChanging(true)}>
            Change password
          </Button>
        </PreferenceRow>
      )}
    </PreferenceSection>
  );
}
