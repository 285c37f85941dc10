import { Button, Checkbox, Skeleton, Text } from '@mantine/core';
import { IconPlayerPlayFilled } from '@tabler/icons-react';
import { memo, useRef, type MouseEvent } from 'react';
import { Link } from 'react-router';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { formatBytes } from '../../../format/format-bytes.ts';
import { formatAge } from '../../../format/format-date.ts';
import { formatClipLength } from '../../../format/format-length.ts';
import { clipFailure } from '../../../domain/clip/clip-progress.ts';
import { ClipTitle } from '../../../domain/clip/clip-title.tsx';
import { RetryClipButton } from '../../../domain/clip/retry-clip-button.tsx';
import classes from './clip-card.module.css';
import { ClipCardMenu, type ClipActions } from './clip-card-menu.tsx';
import { ClipPoster } from './clip-poster.tsx';

interface ClipCardProps {
  clip: ClipDto;
  index: number;
  nowMs: number;
  isSelected: boolean;
  /** While clips are being selected, a click anywhere on the picture selects instead of opening. */
  isSelecting: boolean;
  onToggle: (clip: ClipDto, index: number, isRange: boolean) => void;
  actions: ClipActions;
}

/**
 * Shows one clip in the library: its picture, its facts, and what can be done with it. All cards have the same height.
 */
export const ClipCard = memo(function ClipCard(props: ClipCardProps) {
  const { clip, index, nowMs, isSelected, isSelecting, onToggle, actions } = props;
  const { title, channelName, pressedAt, sizeBytes, durationMs, status } = clip;
  const words = useRef<HTMLDivElement>(null);

  function onPicture(event: MouseEvent): void {
    if (!isSelecting && !event.shiftKey) return;
    // Shift would open a window, and a click that selects must open nothing.
    event.preventDefault();
    onToggle(clip, index, event.shiftKey);
  }

  return (
    <article
      className={classes.card}
      aria-label={title}
      data-selected={isSelected || undefined}
      data-selecting={isSelecting || undefined}
    >
      <Link
        to={`/clips/${clip.id}`}
        state={{ isFromLibrary: true }}
        className={classes.picture}
        onClick={onPicture}
        draggable={false}
      >
        <span className="visually-hidden">{title}</span>
        <ClipPoster clip={clip} />
        <span className={classes.length}>{formatClipLength(durationMs)}</span>
        {status === 'READY' && !isSelecting && (
          <span className={classes.play}>
            <IconPlayerPlayFilled size={22} aria-hidden />
          </span>
        )}
      </Link>
      <Checkbox
        className={classes.check}
        aria-label={`Select ${title}`}
        checked={isSelected}
        // A change event doesn't tell whether Shift was held; a click does, also one by keyboard.
        onClick={(event) => onToggle(clip, index, event.shiftKey)}
        onChange={() => undefined}
      />
      {status === 'FAILED' && <Failure clip={clip} onRemove={() => actions.remove(clip)} />}
      <div className={classes.text}>
        <div className={classes.words} ref={words}>
          <ClipTitle clip={clip} size="sm" />
          <Text size="xs" c="dimmed" truncate className="tabular">
            {channelName !== null && `${channelName} · `}
            <time dateTime={pressedAt}>{formatAge(pressedAt, nowMs)}</time>
            {` · ${formatBytes(sizeBytes)}`}
          </Text>
        </div>
        <ClipCardMenu
          clip={clip}
          actions={{
            ...actions,
            rename: () => requestAnimationFrame(() => words.current?.querySelector('input')?.select()),
          }}
        />
      </div>
    </article>
  );
});

function Failure({ clip, onRemove }: { clip: ClipDto; onRemove: () => void }) {
  const { text, remedy } = clipFailure(clip);
  return (
    <div className={classes.failure} role="alert">
      <Text size="xs" lineClamp={4}>
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

/** Holds the place of a card, in exactly its size. */
export function ClipCardSkeleton() {
  return (
    <div className={classes.card} aria-hidden>
      <Skeleton className={classes.picture} radius={0} />
      <div className={classes.text}>
        <div className={classes.words}>
          <Skeleton h={12} my={7} w="70%" />
          <Skeleton h={10} my={4} w="45%" />
        </div>
      </div>
    </div>
  );
}
