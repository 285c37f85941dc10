import { Button, Group, Modal, Skeleton, Slider, Text } from '@mantine/core';
import { useState } from 'react';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { LEAST_GAIN_DB, MOST_GAIN_DB, type ClipLevels } from '@hindsight/shared/clips/clip-voices';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { ErrorState } from '../../../ui/error-state.tsx';

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
      {data !== undefined && <LevelsForm clipId={clip.id} levels={data} onClose={onClose} />}
    </Modal>
  );
}

/** Each source has a key: its person's id, or this. */
const SHARE = 'share';

function LevelsForm({
  clipId,
  levels,
  onClose,
}: {
  clipId: string;
  levels: ClipLevels;
  onClose: () => void;
}) {
  const utils = trpc.useUtils();
  const [gains, setGains] = useState<ReadonlyMap<string, number>>(
    () =>
      new Map([
        [SHARE, levels.shareDb],
        ...levels.voices.map(({ userId, gainDb }): [string, number] => [userId, gainDb]),
      ]),
  );
  const update = trpc.clip.level.update.useMutation({
    onError: (error) => announceError(presentError(error)),
    async onSuccess() {
      await utils.clip.get.invalidate({ clipId });
      onClose();
    },
  });
  const mine = levels.voices.filter(({ isMine }) => isMine);
  const others = levels.voices.filter(({ isMine }) => !isMine);
  const sources = [
    { key: SHARE, name: 'Share' },
    ...mine.map(({ userId }) => ({ key: userId, name: 'Me' })),
    ...others.map(({ userId, username }) => ({ key: userId, name: username })),
  ];
  const setAll = (keys: readonly string[], gainDb: number) =>
    setGains((known) => new Map([...known, ...keys.map((key): [string, number] => [key, gainDb])]));
  return (
    <>
      <Text size="xs" c="dimmed" mb="md">
        The clip is mixed anew in the background; the pictures stay as they are. Nothing gets too loud: what
        would is held back.
      </Text>
      {sources.map(({ key, name }) => (
        <GainSlider
          key={key}
          name={name}
          gainDb={gains.get(key) ?? 0}
          onChange={(gainDb) => setAll([key], gainDb)}
        />
      ))}
      {others.length > 1 && (
        <GainSlider
          name="All others"
          gainDb={Math.max(...others.map(({ userId }) => gains.get(userId) ?? 0))}
          onChange={(gainDb) =>
            setAll(
              others.map(({ userId }) => userId),
              gainDb,
            )
          }
        />
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={update.isPending}
          onClick={() =>
            update.mutate({
              clipId,
              shareDb: gains.get(SHARE) ?? 0,
              voices: levels.voices.map(({ userId }) => ({ userId, gainDb: gains.get(userId) ?? 0 })),
            })
          }
        >
          Mix anew
        </Button>
      </Group>
    </>
  );
}

function GainSlider({
  name,
  gainDb,
  onChange,
}: {
  name: string;
  gainDb: number;
  onChange: (gainDb: number) => void;
}) {
  return (
    <div>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text truncate>{name}</Text>
        <Text size="xs" c="dimmed" className="tabular">
          {gainText(gainDb)}
        </Text>
      </Group>
      <Slider
        mb="md"
        min={LEAST_GAIN_DB}
        max={MOST_GAIN_DB}
        step={1}
        value={gainDb}
        onChange={onChange}
        label={null}
        thumbLabel={`Level of ${name} in decibels`}
      />
    </div>
  );
}

/** Says how much louder a source is than it was sent. */
function gainText(gainDb: number): string {
  if (gainDb === 0) return 'as it was';
  return `${gainDb > 0 ? '+' : '−'}${Math.abs(gainDb)} dB`;
}
