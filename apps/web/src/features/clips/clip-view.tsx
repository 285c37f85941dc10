import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconDownload, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ClipDto } from '@hindsight/shared/clip';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatBytes } from '../../format/format-bytes.ts';
import { formatMoment } from '../../format/format-date.ts';
import { formatClipLength } from '../../format/format-length.ts';
import { announceError } from '../../ui/announce-error.ts';
import { clipFailure, clipProgress } from '../../ui/clip-progress.ts';
import { ClipTitle } from '../../ui/clip-title.tsx';
import { ClipPlayer } from './clip-player.tsx';
import classes from './clip-view.module.css';
import { DeleteClipDialog } from './delete-clip-dialog.tsx';

const CODEC_NAMES: Record<string, string> = {
  h264: 'H.264',
  hevc: 'H.265',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
  opus: 'Opus',
  aac: 'AAC',
};

/** One clip: played, named, downloaded, deleted. */
export function ClipView({ clip, onDeleted }: { clip: ClipDto; onDeleted: () => void }) {
  const [isDeleting, setDeleting] = useState(false);
  return (
    <article className={classes.view}>
      <h1 className="visually-hidden">{clip.title}</h1>
      <Screen clip={clip} />
      <div className={classes.titleRow}>
        <div className={classes.title}>
          <ClipTitle clip={clip} size="xl" />
        </div>
        <Group gap="xs" wrap="nowrap">
          {clip.downloadUrl !== null && (
            <Button
              component="a"
              href={clip.downloadUrl}
              download
              variant="default"
              leftSection={<IconDownload size={18} aria-hidden />}
            >
              Download
            </Button>
          )}
          <Button
            variant="default"
            c="var(--recording)"
            leftSection={<IconTrash size={18} aria-hidden />}
            onClick={() => setDeleting(true)}
          >
            Delete
          </Button>
        </Group>
      </div>
      <Details clip={clip} />
      <DeleteClipDialog
        clip={isDeleting ? clip : null}
        onClose={() => setDeleting(false)}
        onDeleted={onDeleted}
      />
    </article>
  );
}

function Screen({ clip }: { clip: ClipDto }) {
  const retry = trpc.clip.retry.useMutation({ onError: (error) => announceError(presentError(error)) });
  if (clip.status === 'READY' && clip.videoUrl !== null)
    return <ClipPlayer clip={{ ...clip, videoUrl: clip.videoUrl }} />;
  if (clip.status === 'FAILED') {
    const { text, remedy } = clipFailure(clip);
    return (
      <Stack className={classes.waiting} role="alert">
        <IconAlertTriangle size={36} stroke={1.5} color="var(--mantine-color-error)" aria-hidden />
        <Text fw={600}>{text}</Text>
        <Text c="dimmed">{remedy}</Text>
        {clip.canRetry && (
          <Button loading={retry.isPending} onClick={() => retry.mutate({ clipId: clip.id })}>
            Retry
          </Button>
        )}
      </Stack>
    );
  }
  const { text, percent } = clipProgress(clip);
  return (
    <Stack className={classes.waiting} role="status">
      <Text className="tabular">{text}</Text>
      <Progress
        w="min(320px, 80%)"
        value={percent ?? 100}
        striped={percent === null}
        animated={percent === null}
        aria-label={text}
      />
    </Stack>
  );
}

function codecName(codec: string | null): string | null {
  return codec === null ? null : (CODEC_NAMES[codec.toLowerCase()] ?? codec);
}

function Details({ clip }: { clip: ClipDto }) {
  const { width, height } = clip;
  const codecs = [codecName(clip.videoCodec), codecName(clip.audioCodec)].filter((name) => name !== null);
  const details: [string, string | null][] = [
    ['Length', formatClipLength(clip.durationMs)],
    ['Size', formatBytes(clip.sizeBytes)],
    ['Channel', clip.channelName ?? 'no longer there'],
    ['Recorded', formatMoment(clip.from)],
    ['Picture', width !== null && height !== null ? `${width} × ${height}` : null],
    ['Codecs', codecs.length > 0 ? codecs.join(', ') : null],
  ];
  return (
    <dl className={classes.details}>
      {details
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
