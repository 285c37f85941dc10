import { useMemo } from 'react';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { ClipLane } from '@hindsight/shared/clips/clip-lanes';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { trpc } from '../../../api/trpc.ts';
import { VoiceLanes, type VoiceLane } from '../../../domain/timeline/voice-lanes.tsx';

/** The server knows who spoke when once it has written the clip's file, and doesn't tell when that is. */
const ASK_AGAIN_MS = 3 * SECOND;
const WRITING_MS = 10 * MINUTE;

/** Shows who spoke when in a clip. Shows nothing for a clip without voices. */
export function ClipLanes({ clip, onSeek }: { clip: ClipDto; onSeek: (ms: number) => void }) {
  const isNew = () => Date.now() - Date.parse(clip.createdAt) < WRITING_MS;
  const { data } = trpc.clip.lanes.useQuery(
    { clipId: clip.id },
    {
      enabled: (clip.voices ?? []).length > 0,
      staleTime: 0,
      refetchInterval: ({ state }) => state.data?.length === 0 && isNew() && ASK_AGAIN_MS,
    },
  );
  const lanes = useMemo(
    () =>
      (data ?? [])
        .toSorted((a, b) => placeOf(a) - placeOf(b))
        .map(({ voice, peaks }): VoiceLane => ({
          key: voice?.userId ?? 'share',
          name: voice === null ? 'Share' : voice.isMine ? 'Me' : voice.username,
          isVoice: voice !== null,
          levels: peaks,
        })),
    [data],
  );
  return <VoiceLanes lanes={lanes} durationMs={Math.max(1, clip.durationMs)} onSeek={onSeek} />;
}

/** The share comes first, then one's own voice. */
function placeOf({ voice }: ClipLane): number {
  if (voice === null) return 0;
  return voice.isMine ? 1 : 2;
}
