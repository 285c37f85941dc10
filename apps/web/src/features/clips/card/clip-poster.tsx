import { Progress, Text } from '@mantine/core';
import { IconAlertTriangle, IconMovie } from '@tabler/icons-react';
import { useRef, useState, type PointerEvent } from 'react';
import type { ClipDto, Sprite } from '@hindsight/shared/clips/clip';
import { useClipProgress } from '../../../domain/clip/use-clip-progress.ts';
import { tileAt, tileStyle } from '../../../domain/clip/sprite-tile.ts';
import classes from './clip-card.module.css';

/** Shows a clip's picture. A mouse that moves over it leafs through the clip. */
export function ClipPoster({ clip }: { clip: ClipDto }) {
  if (clip.status === 'PROCESSING') return <Saving clip={clip} />;
  if (clip.status === 'FAILED')
    return (
      <span className={classes.placeholder} data-failed>
        <IconAlertTriangle size={28} stroke={1.5} aria-hidden />
      </span>
    );
  return (
    <>
      {clip.posterUrl === null ? (
        <span className={classes.placeholder}>
          <IconMovie size={28} stroke={1.5} aria-hidden />
        </span>
      ) : (
        <img src={clip.posterUrl} alt="" loading="lazy" decoding="async" draggable={false} />
      )}
      {clip.sprite !== null && <Scrub sprite={clip.sprite} width={clip.width} height={clip.height} />}
    </>
  );
}

function Saving({ clip }: { clip: ClipDto }) {
  const { text, percent } = useClipProgress(clip);
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

function Scrub({ sprite, width, height }: { sprite: Sprite; width: number | null; height: number | null }) {
  const [tile, setTile] = useState<number | null>(null);
  const [isLoaded, setLoaded] = useState(false);
  const isAsked = useRef(false);

  function onPointerMove(event: PointerEvent): void {
    if (event.pointerType !== 'mouse') return;
    if (!isAsked.current) {
      isAsked.current = true;
      const picture = new Image();
      picture.addEventListener('load', () => setLoaded(true));
      picture.src = sprite.url;
    }
    const { left, width: spanned } = event.currentTarget.getBoundingClientRect();
    setTile(tileAt(sprite, (event.clientX - left) / spanned));
  }

  return (
    <span
      className={classes.scrub}
      onPointerMove={onPointerMove}
      onPointerLeave={() => setTile(null)}
      aria-hidden
    >
      {tile !== null && isLoaded && (
        <>
          <span
            className={classes.tile}
            data-tall={(width ?? 16) / (height ?? 9) < 16 / 9 || undefined}
            style={{ ...tileStyle(sprite, tile), aspectRatio: `${width ?? 16} / ${height ?? 9}` }}
          />
          <span className={classes.place} style={{ inlineSize: `${((tile + 0.5) / sprite.count) * 100}%` }} />
        </>
      )}
    </span>
  );
}
