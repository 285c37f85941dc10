import { IconHash, IconVolume } from '@tabler/icons-react';
import type { ChannelKind } from '@hindsight/shared/community/community';

export const KIND_WORDS: Record<ChannelKind, { one: string; many: string }> = {
  TEXT: { one: 'text channel', many: 'Text channels' },
  VOICE: { one: 'voice channel', many: 'Voice channels' },
};

/** Shows which of the two kinds a channel is. */
export function ChannelIcon({ kind, size }: { kind: ChannelKind; size: number }) {
  const Icon = kind === 'VOICE' ? IconVolume : IconHash;
  return <Icon size={size} aria-hidden />;
}
