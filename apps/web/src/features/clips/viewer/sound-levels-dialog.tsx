import { Button, Group, Modal, Skeleton, Text } from '@mantine/core';
import { useState } from 'react';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { ClipLevels } from '@hindsight/shared/clips/clip-voices';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { LevelSliders } from '../../../domain/sound/level-sliders.tsx';
import { levelsOf, SHARE_KEY, toInput, type SoundSource } from '../../../domain/sound/source-levels.ts';
import { ErrorState } from '../../../ui/error-state.tsx';
import { useMixAnew } from './use-mix-anew.ts';

/** Sets how loud the share and each voice are in a clip, which is then mixed anew in the background. */
export function SoundLevelsDialog({
  clip,
  isOpen,
  onClose,
}: {
  clip: ClipDto;
  isOpen: boolean;
  onClose: () => void;
}) {
  const { data, error, refetch } = trpc.clip.level.get.useQuery(
    { clipId: clip.id },
    { enabled: isOpen, staleTime: 0, gcTime: 0 },
  );
  return (
    <Modal opened={isOpen} onClose={onClose} title="Sound levels">
      {data === undefined && error === null && <Skeleton h={160} aria-label="Loading the levels" />}
      {data === undefined && error !== null && (
        <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
      )}
      {data !== undefined && <LevelsForm clipId={clip.id} kept={data} onClose={onClose} />}
    </Modal>
  );
}

function LevelsForm({ clipId, kept, onClose }: { clipId: string; kept: ClipLevels; onClose: () => void }) {
  const [levels, setLevels] = useState(() => levelsOf(kept));
  const mixing = useMixAnew(clipId, onClose);
  const voices = kept.voices.toSorted((a, b) => Number(b.isMine) - Number(a.isMine));
  const sources: SoundSource[] = [
    { key: SHARE_KEY, name: 'Share', isMine: false },
    ...voices.map(({ userId, username, isMine }) => ({
      ...{ key: userId, isMine },
      name: isMine ? 'Me' : username,
    })),
  ];
  return (
    <>
      <Text size="xs" c="dimmed" mb="md">
        The clip is mixed anew in the background; the pictures stay as they are. Nothing gets too loud: what
        would is held back.
      </Text>
      <LevelSliders sources={sources} levels={levels} onChange={setLevels} />
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={mixing.isAsking}
          onClick={() => {
            const keys = kept.voices.map(({ userId }) => userId);
            mixing.mixAt(toInput(levels, keys));
          }}
        >
          Mix anew
        </Button>
      </Group>
    </>
  );
}
