import { Button, Skeleton, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconDownload } from '@tabler/icons-react';
import type { SharedClip } from '@hindsight/shared/chat/message';
import { formatMoment } from '../../../format/format-date.ts';
import { formatClipLength } from '../../../format/format-length.ts';
import { PersonAvatar } from '../../../domain/people/person-avatar.tsx';
import { ClipPlayer } from '../../../domain/player/clip-player.tsx';
import classes from './shared-clip-view.module.css';

/** Shows a clip of somebody else to the people it was shared with. */
export function SharedClipView({ clip }: { clip: SharedClip }) {
  const { title, ownerName, status, videoUrl, durationMs, pressedAt } = clip;
  return (
    <article className={classes.view}>
      {videoUrl !== null ? (
        <ClipPlayer clip={{ ...clip, videoUrl }} />
      ) : status === 'FAILED' ? (
        <div className={classes.waiting} role="alert">
          <IconAlertTriangle size={34} stroke={1.5} aria-hidden />
          <Text fw={600}>This clip could not be saved</Text>
          <Text c="dimmed">{ownerName} may be able to try again.</Text>
        </div>
      ) : (
        <div className={classes.waiting} role="status">
          <Skeleton className={classes.skeleton} />
          <Text className={classes.over}>Preparing…</Text>
        </div>
      )}
      <div className={classes.row}>
        <PersonAvatar name={ownerName} size={40} />
        <div className={classes.words}>
          <Title order={1} size="h2" className={classes.title}>
            {title}
          </Title>
          <Text c="dimmed" className="tabular">
            {`${ownerName} · ${formatClipLength(durationMs)} · `}
            <time dateTime={pressedAt}>{formatMoment(pressedAt)}</time>
          </Text>
        </div>
        {videoUrl !== null && (
          <Button
            component="a"
            href={`/api/clips/${clip.id}/download`}
            download
            variant="default"
            leftSection={<IconDownload size={18} aria-hidden />}
          >
            Download
          </Button>
        )}
      </div>
    </article>
  );
}
