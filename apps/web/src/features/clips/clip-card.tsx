import { Button, Menu, Progress, Text } from '@mantine/core';
import {
  IconAlertTriangle,
  IconDots,
  IconDownload,
  IconMovie,
  IconPlayerPlayFilled,
  IconTrash,
} from '@tabler/icons-react';
import { Link } from 'react-router';
import type { ClipDto } from '@hindsight/shared/clip';
import { formatBytes } from '../../format/format-bytes.ts';
import { formatAge, formatMoment } from '../../format/format-date.ts';
import { formatClipLength } from '../../format/format-length.ts';
import { RetryClipButton } from '../../ui/retry-clip-button.tsx';
import { clipFailure, clipProgress } from '../../ui/clip-progress.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import classes from './clip-card.module.css';

/** One clip in the library: its picture, what it is, and what can be done with it. */
export function ClipCard({ clip, nowMs, onRemove }: { clip: ClipDto; nowMs: number; onRemove: () => void }) {
  const { id, title, channelName, createdAt, sizeBytes, durationMs, status } = clip;
  return (
    <article className={classes.card} aria-label={title}>
      <Link to={`/clips/${id}`} className={classes.picture}>
        <span className="visually-hidden">{title}</span>
        <Poster clip={clip} />
        <span className={classes.length}>{formatClipLength(durationMs)}</span>
        {status === 'READY' && (
          <span className={classes.play}>
            <IconPlayerPlayFilled size={22} aria-hidden />
          </span>
        )}
      </Link>
      <div className={classes.text}>
        <div className={classes.words}>
          <Text fw={600} truncate title={title}>
            {title}
          </Text>
          <Text size="xs" c="dimmed" truncate className="tabular">
            {channelName !== null && `${channelName} · `}
            <time dateTime={createdAt} title={formatMoment(createdAt)}>
              {formatAge(createdAt, nowMs)}
            </time>
            {` · ${formatBytes(sizeBytes)}`}
          </Text>
        </div>
        <Menu position="bottom-end" width={180}>
          <Menu.Target>
            <IconButton label={`More for ${title}`} size="md">
              <IconDots size={18} />
            </IconButton>
          </Menu.Target>
          <Menu.Dropdown>
            {clip.downloadUrl !== null && (
              <Menu.Item
                component="a"
                href={clip.downloadUrl}
                download
                leftSection={<IconDownload size={16} />}
              >
                Download
              </Menu.Item>
            )}
            <Menu.Item c="red" leftSection={<IconTrash size={16} />} onClick={onRemove}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {status === 'FAILED' && <Failure clip={clip} onRemove={onRemove} />}
    </article>
  );
}

function Poster({ clip }: { clip: ClipDto }) {
  if (clip.status === 'PROCESSING') {
    const { text, percent } = clipProgress(clip);
    return (
      <span className={classes.placeholder}>
        <Text span size="sm" className="tabular">
          {text}
        </Text>
        <Progress
          w="70%"
          size="sm"
          value={percent ?? 100}
          striped={percent === null}
          animated={percent === null}
          aria-label={text}
        />
      </span>
    );
  }
  if (clip.status === 'FAILED')
    return (
      <span className={classes.placeholder} data-failed>
        <IconAlertTriangle size={28} stroke={1.5} aria-hidden />
        <Text span size="sm">
          Not saved
        </Text>
      </span>
    );
  if (clip.posterUrl === null)
    return (
      <span className={classes.placeholder}>
        <IconMovie size={28} stroke={1.5} aria-hidden />
      </span>
    );
  return <img src={clip.posterUrl} alt="" loading="lazy" />;
}

function Failure({ clip, onRemove }: { clip: ClipDto; onRemove: () => void }) {
  const { text, remedy } = clipFailure(clip);
  return (
    <div className={classes.failure} role="alert">
      <Text size="xs">
        {text} {remedy}
      </Text>
      <div className={classes.failureButtons}>
        {clip.canRetry && <RetryClipButton clipId={clip.id} />}
        <Button size="compact-sm" variant="subtle" color="red" onClick={onRemove}>
          Delete
        </Button>
      </div>
    </div>
  );
}
