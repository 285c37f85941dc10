import { Button, Group, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { ClipLane } from '@hindsight/shared/clips/clip-lanes';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { trpc } from '../../../api/trpc.ts';
import {
  levelsOf,
  SHARE_KEY,
  soundsAs,
  toInput,
  type SourceLevels,
} from '../../../domain/sound/source-levels.ts';
import { VoiceLanes, type VoiceLane } from '../../../domain/timeline/voice-lanes.tsx';
import { useMixAnew } from './use-mix-anew.ts';

/** The server knows who spoke when once it has written the clip's file, and doesn't tell when that is. */
const ASK_AGAIN_MS = 3 * SECOND;
const WRITING_MS = 10 * MINUTE;

/** Shows who spoke when in a clip, and lets its owner mute a source or have it heard alone. Shows nothing for a clip without voices. */
export function ClipLanes({ clip, onSeek }: { clip: ClipDto; onSeek: (ms: number) => void }) {
  const isNew = () => Date.now() - Date.parse(clip.createdAt) < WRITING_MS;
  const hasVoices = (clip.voices ?? []).length > 0;
  const { data } = trpc.clip.lanes.useQuery(
    { clipId: clip.id },
    {
      enabled: hasVoices,
      staleTime: 0,
      refetchInterval: ({ state }) => state.data?.length === 0 && isNew() && ASK_AGAIN_MS,
    },
  );
  const kept = trpc.clip.level.get.useQuery(
    { clipId: clip.id },
    { enabled: hasVoices && typeof clip.tracksUrl === 'string', staleTime: 0 },
  ).data;
  const keptLevels = useMemo(() => (kept === undefined ? null : levelsOf(kept)), [kept]);
  /** What was chosen, and what was kept then; when that changes, the choice is over. */
  const [choice, setChoice] = useState<{ from: SourceLevels; levels: SourceLevels } | null>(null);
  const levels = choice !== null && choice.from === keptLevels ? choice.levels : keptLevels;
  const mixing = useMixAnew(clip.id, () => setChoice(null));
  const lanes = useMemo(
    () =>
      (data ?? [])
        .toSorted((a, b) => placeOf(a) - placeOf(b))
        .map(({ voice, peaks }): VoiceLane => ({
          key: voice?.userId ?? SHARE_KEY,
          name: voice === null ? 'Share' : voice.isMine ? 'Me' : voice.username,
          isMine: voice?.isMine === true,
          levels: peaks,
        })),
    [data],
  );
  const voiceIds = kept?.voices.map(({ userId }) => userId) ?? [];
  const isChanged =
    levels !== null && keptLevels !== null && !soundsAs(levels, keptLevels, [SHARE_KEY, ...voiceIds]);
  return (
    <>
      <VoiceLanes
        lanes={lanes}
        durationMs={Math.max(1, clip.durationMs)}
        onSeek={onSeek}
        {...(levels === null || keptLevels === null
          ? {}
          : { mix: { levels, onChange: (changed) => setChoice({ from: keptLevels, levels: changed }) } })}
      />
      {isChanged && (
        <Group gap="xs">
          <Text size="sm" role="status" flex="1 1 240px">
            The player plays the clip as it is until it has been mixed anew.
          </Text>
          <Group gap="xs" wrap="nowrap">
            <Button variant="default" size="compact-md" onClick={() => setChoice(null)}>
              As it was
            </Button>
            <Button
              size="compact-md"
              loading={mixing.isAsking}
              onClick={() => mixing.mixAt(toInput(levels, voiceIds))}
            >
              Mix anew
            </Button>
          </Group>
        </Group>
      )}
    </>
  );
}

/** The share comes first, then one's own voice. */
function placeOf({ voice }: ClipLane): number {
  if (voice === null) return 0;
  return voice.isMine ? 1 : 2;
}
