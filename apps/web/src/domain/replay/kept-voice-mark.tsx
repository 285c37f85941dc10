import { IconWaveform } from '@tabler/icons-react';
import { useServerLink } from '../../api/server-link.slice.ts';

/** Shows a small wave in red, for everybody in the channel: this person's voice is being kept; or that nobody can tell at the moment. */
export function KeptVoiceMark({ username }: { username: string }) {
  const { isUnheard } = useServerLink();
  const label = `${username}’s voice ${isUnheard ? 'may still be' : 'is'} kept in a replay buffer`;
  const color = isUnheard ? 'var(--mantine-color-dimmed)' : 'var(--recording)';
  return (
    <IconWaveform size={14} color={color} role="img" aria-label={label}>
      <title>{label}</title>
    </IconWaveform>
  );
}
