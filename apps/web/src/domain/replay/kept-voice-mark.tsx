import { IconWaveform } from '@tabler/icons-react';

/** Shows a small wave in red, for everybody in the channel: this person's voice is being kept. */
export function KeptVoiceMark({ username }: { username: string }) {
  const label = `${username}’s voice is kept in a replay buffer`;
  return (
    <IconWaveform size={14} color="var(--recording)" role="img" aria-label={label}>
      <title>{label}</title>
    </IconWaveform>
  );
}
